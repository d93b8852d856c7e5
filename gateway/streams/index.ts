// The door of the subscriptions.
export { createStreams, type StreamRequest, type Streams, type StreamsOptions } from './streams.ts';
