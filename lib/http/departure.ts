// Tells when a request leaves for the network: after its connection stands, which for a new one may take a few round trips.
// A provider counts arrivals, so who keeps its limit must not count from the moment when the request was only wished for.
import { DecoratorHandler, type Dispatcher } from 'undici';

/** Calls `left` when the request is written to its connection. */
export const tellDeparture =
  (left: () => void): Dispatcher.DispatcherComposeInterceptor =>
  (dispatch) =>
  (options, handler) => {
    // Whatever generation the handler is of, undici's own decorator speaks to it.
    const inner = new DecoratorHandler(handler) as Dispatcher.DispatchHandler;
    return dispatch(options, {
      onRequestStart(controller, context) {
        left();
        inner.onRequestStart?.(controller, context);
      },
      onRequestUpgrade: (...told) => inner.onRequestUpgrade?.(...told),
      onResponseStart: (...told) => inner.onResponseStart?.(...told),
      onResponseData: (...told) => inner.onResponseData?.(...told),
      onResponseEnd: (...told) => inner.onResponseEnd?.(...told),
      onResponseError: (...told) => inner.onResponseError?.(...told),
    });
  };
