// Health check of a container: exit 0 where the URL answers 2xx within 4 s.
const [url] = process.argv.slice(2);
try {
  const { ok } = await fetch(url, { signal: AbortSignal.timeout(4_000) });
  process.exit(ok ? 0 : 1);
} catch {
  process.exit(1);
}
