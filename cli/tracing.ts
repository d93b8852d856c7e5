// Traces by OpenTelemetry, sent over OTLP/HTTP. Imported only where they are configured. Nothing global is registered: who is given this
// object traces, nobody else does.
import { AsyncLocalStorage } from 'node:async_hooks';
import { isSpanContextValid, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, TraceFlags, type Context, type Span as OtelSpan, type Tracer } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor, ParentBasedSampler, TraceIdRatioBasedSampler } from '@opentelemetry/sdk-trace-node';
import type { TraceSettings } from '../lib/config/index.ts';
import type { Span, SpanAttributes, Tracing } from '../lib/tracing.ts';
import type { Database } from '../prisma/index.ts';

const KINDS = { server: SpanKind.SERVER, client: SpanKind.CLIENT, internal: SpanKind.INTERNAL } as const;
const PARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;
/** How long the end of the process waits for the collector. */
const LAST_MS = 2_000;
const LONGEST_STATEMENT = 2_000;

/** What a caller sent, where it is sane. */
function remoteContext(text: string): Context {
  const [, traceId, spanId, flags] = PARENT.exec(text) ?? [];
  const context = { traceId: traceId ?? '', spanId: spanId ?? '', traceFlags: Number.parseInt(flags ?? '0', 16), isRemote: true };
  return isSpanContextValid(context) ? trace.setSpanContext(ROOT_CONTEXT, context) : ROOT_CONTEXT;
}

class OpenSpan implements Span {
  readonly span: OtelSpan;

  constructor(span: OtelSpan) {
    this.span = span;
  }

  get traceparent(): string {
    const { traceId, spanId, traceFlags } = this.span.spanContext();
    return `00-${traceId}-${spanId}-${(traceFlags & TraceFlags.SAMPLED) === 0 ? '00' : '01'}`;
  }

  rename(name: string): void {
    this.span.updateName(name);
  }

  set(attributes: SpanAttributes): void {
    this.span.setAttributes(Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, typeof value === 'object' ? [...value] : value])));
  }

  end(failure?: string): void {
    if (failure !== undefined) {
      this.span.setStatus({ code: SpanStatusCode.ERROR });
      this.span.setAttribute('error.type', failure);
    }
    this.span.end();
  }
}

/** `service`: name of this role, e.g. `ponte-gateway`. */
export function startTracing({ endpoint, headers, ratio }: TraceSettings, { service, version }: { service: string; version: string }): Tracing {
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': service, 'service.version': version, 'process.pid': process.pid }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) }),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter({ url: `${endpoint.replace(/\/+$/, '')}/v1/traces`, headers: { ...headers } }))],
  });
  const tracer: Tracer = provider.getTracer('ponte', version);
  const running = new AsyncLocalStorage<Span>();
  return {
    begin(name, kind, parent, attributes = {}) {
      const above = parent instanceof OpenSpan ? trace.setSpan(ROOT_CONTEXT, parent.span) : typeof parent === 'string' ? remoteContext(parent) : ROOT_CONTEXT;
      const opened = new OpenSpan(tracer.startSpan(name, { kind: KINDS[kind] }, above));
      opened.set(attributes);
      return opened;
    },
    within: (span, work) => running.run(span, work),
    active: () => running.getStore(),
    async close() {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, LAST_MS)));
      // A collector that is down is no reason to end with an error.
      await Promise.race([provider.shutdown().catch(() => undefined), late]);
      clearTimeout(timer);
    },
  };
}

/** A span for each statement that runs on behalf of one. Our own texts hold placeholders where values go. Returns how to stop. */
export const traceStatements = (database: Pick<Database, 'onStatement'>, tracing: Tracing): (() => void) =>
  database.onStatement((text) => {
    const above = tracing.active();
    if (!above) return undefined;
    const span = tracing.begin(/^\s*(\w+)/.exec(text)?.[1]?.toUpperCase() ?? 'SQL', 'client', above, { 'db.system.name': 'postgresql', 'db.query.text': text.slice(0, LONGEST_STATEMENT) });
    return (failure?: unknown) => span.end(failure === undefined ? undefined : String((failure as { code?: unknown }).code ?? 'failed'));
  });
