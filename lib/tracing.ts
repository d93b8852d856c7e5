// The port of distributed tracing: whoever does work says where it begins and ends, and what is called on the way. Who starts a process
// fills it (OpenTelemetry, cli/tracing.ts); where nobody does, nothing is paid.

export type SpanAttributes = Readonly<Record<string, string | number | boolean | readonly string[]>>;

/** One piece of work with a beginning and an end. */
export interface Span {
  /** W3C trace context of what this span calls: `00-<trace>-<span>-<flags>`. */
  readonly traceparent: string;
  rename(name: string): void;
  set(attributes: SpanAttributes): void;
  /** Once. `failure`: a stable code. */
  end(failure?: string): void;
}

export interface Tracing {
  /** `parent`: the span above, or what a caller sent as `traceparent` (anything malformed begins a trace of its own). */
  begin(name: string, kind: 'server' | 'client' | 'internal', parent?: Span | string, attributes?: SpanAttributes): Span;
  /** What `work` does, also later and asynchronously, belongs to the span. */
  within<T>(span: Span, work: () => T): T;
  /** The span to which the running code belongs. */
  active(): Span | undefined;
  /** Sends what is left, for a few seconds at most. */
  close(): Promise<void>;
}
