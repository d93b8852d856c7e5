// Webhook subscriptions of the account (kommo.md 6.1). Saving one again re-enables it.
import type { Call, Route } from './call.ts';
import { hal } from './call.ts';
import { wholeList } from './envelope.ts';
import { filterOf, listOf } from './filters.ts';
import type { FieldProblem, Reply } from './problem.ts';
import { NO_CONTENT, Refusal, refuse, unauthorized, validationFailed } from './problem.ts';
import type { Json } from './validation.ts';
import { FieldCheck, absent, badChoice, objectBody } from './validation.ts';

export interface Subscription {
  id: number;
  destination: string;
  created_at: number;
  updated_at: number;
  created_by: number;
  sort: number;
  disabled: boolean;
  settings: string[];
}

const MAX_HOOKS = 100;
const CARD_ACTIONS = ['add', 'update', 'delete', 'restore', 'responsible', 'note'];
/** `update_task`, `update_talk` and the unsorted codes are disputed, and taken. */
export const EVENT_CODES: ReadonlySet<string> = new Set([
  ...['lead', 'contact', 'company'].flatMap((entity) => CARD_ACTIONS.map((action) => `${action}_${entity}`)),
  'status_lead',
  'add_task',
  'update_task',
  'delete_task',
  'responsible_task',
  'add_talk',
  'update_talk',
  'add_message',
  'add_chat_template_review',
  'add_unsorted',
  'update_unsorted',
  'delete_unsorted',
]);

export class Subscriptions {
  readonly #byDestination = new Map<string, Subscription>();

  all(): Subscription[] {
    return [...this.#byDestination.values()].sort((a, b) => a.sort - b.sort || a.id - b.id);
  }

  get(destination: string): Subscription | undefined {
    return this.#byDestination.get(destination);
  }

  save(subscription: Subscription): void {
    this.#byDestination.set(subscription.destination, subscription);
  }

  remove(destination: string): boolean {
    return this.#byDestination.delete(destination);
  }

  clear(): void {
    this.#byDestination.clear();
  }
}

const hookJson = (call: Call, hook: Subscription): Json => ({ ...hook, account_id: call.sim.crm.account.id });

const isAdmin = (call: Call): boolean => call.sim.crm.users.some((user) => user.id === call.userId && user.is_admin);

/** Who is no administrator gets 401 on GET and POST, and 403 on DELETE. */
function allow(call: Call): void {
  if (isAdmin(call)) return;
  throw call.method === 'DELETE' ? refuse(403, 'Forbidden') : new Refusal(unauthorized());
}

function create(call: Call): Reply {
  allow(call);
  const body = objectBody(call);
  const check = new FieldCheck(body, { destination: 'string', settings: 'array', sort: 'int' }).require(
    'destination',
    'settings',
  );
  const { destination, settings } = body;
  if (typeof destination === 'string' && !/^https?:\/\/.+/.test(destination)) check.add(badChoice('destination'));
  if (Array.isArray(settings))
    check.add(
      ...settings.flatMap((code: unknown, index): FieldProblem[] =>
        EVENT_CODES.has(String(code)) ? [] : [badChoice(`settings.${index}`)],
      ),
    );
  if (check.problems.length > 0) throw validationFailed([{ request_id: '0', errors: check.problems }]);
  const { subscriptions, crm, switches } = call.sim;
  const known = subscriptions.get(String(destination));
  if (!known && subscriptions.all().length >= MAX_HOOKS) throw refuse(422, `Limit ${MAX_HOOKS} webhooks per account`);
  const now = crm.nowSeconds();
  const wanted = (settings as string[]).slice();
  const hook: Subscription = {
    id: known?.id ?? crm.newId(),
    destination: String(destination),
    created_at: known?.created_at ?? now,
    updated_at: now,
    created_by: call.userId,
    sort: Number(body['sort'] ?? known?.sort ?? 10),
    disabled: false,
    settings: known && switches.webhookRepost === 'merge' ? [...new Set([...known.settings, ...wanted])] : wanted,
  };
  subscriptions.save(hook);
  return hal(hookJson(call, hook), switches.webhookPostStatus);
}

function remove(call: Call): Reply {
  allow(call);
  const { destination } = objectBody(call);
  if (typeof destination !== 'string') throw validationFailed([{ request_id: '0', errors: [absent('destination')] }]);
  if (!call.sim.subscriptions.remove(destination)) throw refuse(404, 'Webhook not found');
  return NO_CONTENT;
}

export const subscriptionRoutes: readonly Route[] = [
  [
    'GET',
    '/webhooks',
    (call) => {
      allow(call);
      // an address may hold commas: one text is one address
      const sent = filterOf(call, 'destination');
      const destinations = typeof sent === 'string' ? [sent] : listOf(sent);
      return wholeList(
        call,
        'webhooks',
        call.sim.subscriptions
          .all()
          .filter((hook) => !destinations || destinations.includes(hook.destination))
          .map((hook) => hookJson(call, hook)),
      );
    },
  ],
  ['POST', '/webhooks', create],
  ['DELETE', '/webhooks', remove],
];
