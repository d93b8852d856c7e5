// The connection test: a worker asks the provider, and says in one sentence how it went.
import { signalOf } from '../../lib/graphql/index.ts';
import type { Account, ConnectionTest } from '../../sync/index.ts';
import { builder, Provider } from './builder.ts';
import { resolveTarget } from './target.ts';
import { Token } from './wallet.ts';

const ConnectionStatus = builder.enumType('ConnectionStatus', {
  values: ['CONNECTED', 'UNAUTHORIZED', 'FORBIDDEN', 'PAYMENT_REQUIRED', 'RATE_LIMITED', 'BLOCKED', 'TIMEOUT', 'UNREACHABLE', 'UNEXPECTED_RESPONSE', 'NOT_CONFIGURED'] as const,
});

const AccountType = builder.objectRef<Account>('ProviderAccount').implement({
  fields: (t) => ({
    id: t.exposeID('key'),
    name: t.exposeString('name'),
    domain: t.exposeString('domain', { nullable: true }),
  }),
});

const Sample = builder.objectRef<ConnectionTest['sample'][number]>('ConnectionSample').implement({
  description: 'A first look at the data.',
  fields: (t) => ({
    stream: t.exposeString('stream'),
    count: t.exposeInt('count', { nullable: true, description: 'Null where the provider gives no totals.' }),
    names: t.field({ type: ['String'], nullable: true, resolve: ({ names }) => [...names] }),
  }),
});

const ConnectionTestType = builder.objectRef<ConnectionTest>('ConnectionTest').implement({
  fields: (t) => ({
    ok: t.exposeBoolean('ok'),
    status: t.expose('status', { type: ConnectionStatus }),
    message: t.exposeString('message'),
    hint: t.exposeString('hint', { nullable: true }),
    latencyMs: t.int({ resolve: ({ latencyMs }) => Math.round(latencyMs) }),
    account: t.field({ type: AccountType, nullable: true, resolve: ({ account }) => account }),
    token: t.field({ type: Token, nullable: true, description: "Null where the provider's token says nothing.", resolve: ({ token }) => token }),
    sample: t.field({ type: [Sample], resolve: ({ sample }) => [...sample] }),
  }),
});

builder.mutationFields((t) => ({
  testConnection: t.field({
    type: ConnectionTestType,
    nullable: true,
    args: { provider: t.arg({ type: Provider }), walletId: t.arg.id() },
    async resolve(_root, target, context) {
      const wallet = await resolveTarget(context, target);
      return context.engine.testConnection({ walletId: wallet.id }, signalOf(context));
    },
  }),
}));
