// Runs the public federation gateway audit (46 suites, 199 cases at commit f59c05e) against our planners and executor, in
// this process. The audit is not part of this repository; get it and pass its path:
//
//   git clone https://github.com/graphql-hive/federation-gateway-audit /tmp/federation-gateway-audit
//   npm run audit:federation -- --repo /tmp/federation-gateway-audit
//
// `--planner hive|apollo` (hive), `--sources local|remote|text` (local), `--suite NAME` for one suite, `--verbose` shows what
// differs. Exits with 1 where a case fails.
import { isDeepStrictEqual, parseArgs } from 'node:util';
import { openSuite, type SourceKind } from './gateway.ts';
import { loadSuites, type AuditCase } from './suites.ts';
import type { Answer } from '../../lib/graphql/run.ts';

const print = (line: string): void => void process.stdout.write(`${line}\n`);

const { values } = parseArgs({
  options: {
    repo: { type: 'string' },
    planner: { type: 'string', default: 'hive' },
    sources: { type: 'string', default: 'local' },
    suite: { type: 'string' },
    verbose: { type: 'boolean', default: false },
  },
});

function oneOf<T extends string>(name: string, value: string, allowed: readonly T[]): T {
  if (allowed.includes(value as T)) return value as T;
  throw new Error(`--${name} takes ${allowed.join(', ')}`);
}

/** As the audit compares: data always, errors by their presence where a case says which. */
function passes({ expected }: AuditCase, { data, errors }: Answer): boolean {
  if (typeof expected.errors === 'boolean' && expected.errors !== (errors?.length ?? 0) > 0) return false;
  return isDeepStrictEqual(JSON.parse(JSON.stringify(data ?? null)), JSON.parse(JSON.stringify(expected.data ?? null)));
}

if (!values.repo) throw new Error('--repo PATH says where the checkout of the audit is');
const planner = oneOf('planner', values.planner, ['hive', 'apollo'] as const);
const sources: SourceKind = oneOf('sources', values.sources, ['local', 'remote', 'text'] as const);
const failed: string[] = [];
const tiers = new Map<string, number>();
let passed = 0;

for (const suite of await loadSuites(values.repo)) {
  if (values.suite !== undefined && values.suite !== suite.id) continue;
  const gateway = await openSuite(suite, sources, planner);
  for (const [index, one] of suite.cases.entries()) {
    const { answer, tier } = await gateway.answer(one.query);
    tiers.set(tier, (tiers.get(tier) ?? 0) + 1);
    if (passes(one, answer)) passed++;
    else {
      failed.push(`${suite.id}#${index}`);
      if (values.verbose) print(`${suite.id}#${index}\n${one.query}\nexpected ${JSON.stringify(one.expected)}\nreceived ${JSON.stringify(answer)}\n`);
    }
  }
  await gateway.close();
}

for (const [tier, count] of [...tiers].sort()) print(`${String(count).padStart(4)}  ${tier}`);
print(`${passed} of ${passed + failed.length} passed (planner ${planner}, sources ${sources})${failed.length > 0 ? `; failed: ${failed.join(', ')}` : ''}`);
process.exitCode = failed.length > 0 ? 1 : 0;
