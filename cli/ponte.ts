// `ponte`: the composition root. Each command wires the parts of the house that its role needs.
import { Command, InvalidArgumentError, Option } from 'commander';
import { loadConfig, SUBGRAPH_NAMES, type Config, type SubgraphName } from '../lib/config/index.ts';
import { ConfigError, messageOf, PonteError } from '../lib/errors.ts';
import { settleHeap } from '../lib/heap.ts';
import { hideSecrets } from '../lib/log.ts';
import { adviceFor } from './advice.ts';

/** Exit codes: 0 done, 1 failed, 2 wrong configuration or arguments. */
const EXIT_FAILED = 1;
const EXIT_MISUSED = 2;

settleHeap();

/** Loads the configuration, runs the command, and turns a failure into one readable message. */
const run =
  <A extends unknown[]>(load: () => Promise<(config: Config, ...args: A) => Promise<number | void>>) =>
  async (...args: A): Promise<void> => {
    let config: Config | undefined;
    try {
      config = loadConfig();
      const command = await load();
      process.exitCode = (await command(config, ...args)) ?? 0;
    } catch (error) {
      const hide = hideSecrets(config?.secrets);
      const expected = error instanceof PonteError || error instanceof ConfigError;
      console.error(hide(messageOf(error)));
      const advice = error instanceof PonteError ? error.hint : adviceFor(error);
      if (advice !== undefined) console.error(hide(advice));
      if (!expected && config?.logLevel === 'debug' && error instanceof Error) console.error(hide(error.stack ?? ''));
      process.exitCode = error instanceof ConfigError ? EXIT_MISUSED : EXIT_FAILED;
    }
    // Whatever still holds the event loop (a driver's timer) must not keep a finished command alive.
    setTimeout(() => process.exit(), 1_000).unref();
  };

const wholeNumber = (text: string): number => {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('must be a whole number');
  return Number(text);
};

const program = new Command('ponte')
  .description('One GraphQL graph over Gestão Click and Kommo')
  .showHelpAfterError()
  .configureOutput({ outputError: (text, write) => write(text) })
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : EXIT_MISUSED));

program
  .command('start')
  .description('everything in one process: database, subgraphs, worker, gateway (and the simulators, in demo mode)')
  .action(run(async () => (await import('./start.ts')).start));

program
  .command('gateway')
  .description('the gateway alone, in front of subgraphs elsewhere (SUBGRAPH_*_URL)')
  .option('--workers <number>', 'processes on one port', wholeNumber)
  .action((options: { workers?: number }) => run(async () => async (config) => (await import('./gateway.ts')).gateway(config, options))());

program
  .command('subgraph')
  .description('one subgraph over HTTP and graphql-ws')
  .addArgument(program.createArgument('<name>', 'which one').choices(SUBGRAPH_NAMES))
  .action((name: SubgraphName) => run(async () => async (config) => (await import('./subgraph.ts')).subgraph(config, name))());

program
  .command('worker')
  .description('takes runs from the queue; the only role that calls the providers')
  .option('--health-port <port>', 'answer /health/live and /health/ready there', wholeNumber)
  .action((options: { healthPort?: number }) => run(async () => async (config) => (await import('./worker.ts')).worker(config, options))());

program
  .command('simulate')
  .description('the two simulators alone; prints what to put into .env.local')
  .option('--seed <number>', 'another company', wholeNumber)
  .option('--sales <number>', 'sales of the company', wholeNumber)
  .option('--clients <number>', 'clients of the company', wholeNumber)
  .option('--gestao-click-port <port>', 'default: a free one', wholeNumber)
  .option('--kommo-port <port>', 'default: a free one', wholeNumber)
  .option('--no-limits', 'switch the rate limits off')
  .action((options) => run(async () => async (config) => (await import('./simulate.ts')).simulate(config, options))());

program
  .command('sync')
  .description('starts a synchronisation through a running gateway')
  .addArgument(program.createArgument('<provider>', 'which account').choices(['gestao-click', 'kommo']))
  .addOption(new Option('--mode <mode>', 'how much is read').choices(['full', 'incremental']).default('incremental'))
  .option('--streams <names>', 'only these, separated by commas')
  .option('--since <instant>', 'incremental: what changed since then (ISO 8601)')
  .option('--watch', 'show the progress until it is over')
  .option('--url <url>', 'GraphQL address of the gateway')
  .action((provider: string, options) => run(async () => async (config) => (await import('./sync.ts')).sync(config, provider, options))());

program
  .command('doctor')
  .description('checks Node, configuration, database, tokens and providers, and says what to do')
  .action(run(async () => (await import('./doctor.ts')).doctor));

program
  .command('migrate')
  .description('brings the database up to date')
  .action(run(async () => (await import('./migrate.ts')).migrateDatabase));

const key = program.command('key').description('keys of the API: who may call, and what for');
key
  .command('create')
  .description('makes a key and shows it, this once')
  .requiredOption('--name <name>', 'what will use it')
  .requiredOption('--scopes <names>', 'what it may do, separated by commas: erp:read, crm:read, sync:read, sync:write, identity:read, identity:write, admin ...')
  .option('--wallets <ids>', 'the accounts that it may see, separated by commas', 'all')
  .option('--expires <when>', 'after so long (90d, 12h), or on a day (2030-01-31)')
  .action((options) => run(async () => async (config) => (await import('./key.ts')).keyCreate(config, options))());
key
  .command('list')
  .description('all keys, without what they are')
  .action(run(async () => (await import('./key.ts')).keyList));
key
  .command('revoke')
  .description('ends a key, and what it has opened')
  .argument('<id>', 'as `ponte key list` shows it')
  .action((id: string) => run(async () => async (config) => (await import('./key.ts')).keyRevoke(config, id))());

const operations = program.command('operations').description('published operations: what clients may ask for by its hash');
operations
  .command('publish')
  .description('checks operations against the API and publishes them')
  .argument('<files...>', 'GraphQL documents (.graphql), or manifests of client tools (.json)')
  .action((files: string[]) => run(async () => async (config) => (await import('./operations.ts')).operationsPublish(config, files))());
operations
  .command('list')
  .description('all that were published, with their hashes')
  .action(run(async () => (await import('./operations.ts')).operationsList));
operations
  .command('retire')
  .description('takes one back')
  .argument('<hash>', 'as `ponte operations list` shows it')
  .action((hash: string) => run(async () => async (config) => (await import('./operations.ts')).operationsRetire(config, hash))());

await program.parseAsync();
