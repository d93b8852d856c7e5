// The account, its users and roles, and the discovery of the account's own host by token (kommo.md 1.1, 4.7, 4.8).
import type { CrmUser } from '../world/crm-records.ts';
import { SELLER_ROLE, roles, userGroups } from '../world/crm-people.ts';
import type { Call, Route } from './call.ts';
import { hal, idParam, selfLink } from './call.ts';
import { countedList, itemLinks, missing } from './envelope.ts';
import { withOf } from './filters.ts';
import type { Reply } from './problem.ts';
import { emptyRequest, refuse } from './problem.ts';
import { FieldCheck, arrayBody, settle } from './validation.ts';

export const taskTypes = [
  { id: 1, name: 'Acompanhar', color: null, icon_id: null, code: 'FOLLOW_UP' },
  { id: 2, name: 'Reunião', color: null, icon_id: null, code: 'MEETING' },
] as const;

const AMOJO_ID = 'c0ffee00-0000-4000-8000-000000000001';

function account(call: Call): Reply {
  const { account: own, manager } = call.sim.crm;
  const wanted = withOf(call);
  const embedded: Record<string, unknown> = {
    ...(wanted.has('amojo_rights') ? { amojo_rights: { can_direct: true, can_create_groups: true } } : {}),
    ...(wanted.has('users_groups') ? { users_groups: userGroups.map((group) => ({ ...group, uuid: null })) } : {}),
    ...(wanted.has('task_types') ? { task_types: taskTypes } : {}),
    ...(wanted.has('entity_names')
      ? {
          entity_names: {
            leads: {
              pt: {
                gender: 'm',
                plural_form: { dative: '', default: 'Leads' },
                singular_form: { dative: '', default: 'Lead' },
              },
            },
          },
        }
      : {}),
    ...(wanted.has('datetime_settings')
      ? {
          datetime_settings: {
            date_pattern: 'd.m.Y H:i',
            short_date_pattern: 'd.m.Y',
            short_time_pattern: 'H:i',
            date_format: 'd.m.Y',
            time_format: 'H:i:s',
            timezone: 'America/Sao_Paulo',
            timezone_offset: '-03:00',
          },
        }
      : {}),
  };
  return hal({
    id: own.id,
    name: own.name,
    subdomain: own.subdomain,
    created_at: own.created_at,
    created_by: own.created_by,
    updated_at: own.updated_at,
    updated_by: manager.id,
    current_user_id: call.userId,
    country: 'BR',
    currency: 'BRL',
    currency_symbol: 'R$',
    customers_mode: 'disabled',
    is_unsorted_on: true,
    mobile_feature_version: 0,
    is_loss_reason_enabled: true,
    is_helpbot_enabled: false,
    is_technical_account: false,
    contact_name_display_order: 1,
    language: 'pt',
    ...(wanted.has('amojo_id') ? { amojo_id: AMOJO_ID } : {}),
    ...(wanted.has('uuid') ? { uuid: AMOJO_ID.replace('c0ffee00', 'accede00') } : {}),
    ...(wanted.has('version') ? { version: 14 } : {}),
    ...(wanted.has('drive_url') ? { drive_url: 'https://drive-c.kommo.com' } : {}),
    ...(wanted.has('is_api_filter_enabled') ? { is_api_filter_enabled: call.sim.switches.filterFlag } : {}),
    _links: selfLink(call, '/account'),
    ...(Object.keys(embedded).length > 0 ? { _embedded: embedded } : {}),
  });
}

/**
 * `domain` has to be something that a client can call. A local server has no subdomains, so it names itself
 * (`127.0.0.1:4020`); the switch `discoveryDomain` gives the documented form instead.
 */
export function discovery(call: Call): Reply {
  const { account: own } = call.sim.crm;
  const documented = call.sim.switches.discoveryDomain === 'documented';
  const host = new URL(call.origin).host;
  return hal({
    id: own.id,
    subdomain: own.subdomain,
    domain: documented ? `${own.subdomain}.kommo.com` : host,
    top_level_domain: documented ? 'com' : '',
  });
}

const grant = (level: string): Record<string, string> => ({
  view: level,
  edit: level,
  add: 'A',
  delete: level === 'A' ? 'A' : 'D',
  export: level === 'A' ? 'A' : 'D',
});

function userJson(call: Call, user: CrmUser, inList: boolean): Record<string, unknown> {
  const wanted = withOf(call);
  const level = user.is_admin ? 'A' : 'M';
  const role = roles.find(({ id }) => id === user.role_id);
  const group = userGroups.find(({ id }) => id === user.group_id);
  return {
    id: user.id,
    name: user.name,
    email: user.email,
    lang: 'pt',
    ...(wanted.has('uuid') ? { uuid: null } : {}),
    ...(wanted.has('amojo_id') ? { amojo_id: null } : {}),
    ...(wanted.has('user_rank') ? { user_rank: user.is_admin ? 'master' : 'candidate' } : {}),
    ...(wanted.has('phone_number') ? { phone_number: user.phone } : {}),
    rights: {
      leads: grant(level),
      contacts: grant(level),
      companies: grant(level),
      tasks: { edit: level, delete: level },
      mail_access: user.is_admin,
      catalog_access: true,
      status_rights: user.is_admin
        ? null
        : [
            {
              entity_type: 'leads',
              pipeline_id: call.sim.crm.mainPipeline().id,
              status_id: call.sim.crm.mainPipeline().stages[1]?.id,
              rights: { view: 'A', edit: 'M', delete: 'D' },
            },
          ],
      is_admin: user.is_admin,
      is_free: user.is_free,
      is_active: user.is_active,
      group_id: user.group_id === 0 ? null : user.group_id,
      role_id: user.role_id,
    },
    _links: itemLinks(call, `/users/${user.id}`, inList),
    _embedded: {
      roles:
        wanted.has('role') && role
          ? [{ id: role.id, name: role.name, _links: selfLink(call, `/roles/${role.id}`) }]
          : [],
      groups: wanted.has('group') && group ? [{ id: group.id, name: group.name }] : [],
    },
  };
}

/** At most ten a call (kommo.md 2.1). */
function addUsers(call: Call): Reply {
  requireAdmin(call);
  const items = arrayBody(call);
  if (items.length === 0) throw emptyRequest();
  if (items.length > 10) throw refuse(422, 'Limit 10 per request');
  const accepted = settle<Record<string, unknown>>(call, items, (item) => {
    const check = new FieldCheck(item, {
      name: 'string',
      email: 'string',
      password: 'string',
      lang: 'string',
      rights: 'object',
      request_id: 'string',
    });
    check.require('name', 'email');
    return check.problems.length > 0 ? { problems: check.problems } : { value: item };
  });
  const users = accepted.map(({ value }): CrmUser => ({
    id: call.sim.crm.newId(),
    name: String(value['name']),
    email: String(value['email']),
    phone: null,
    is_admin: false,
    is_active: true,
    is_free: false,
    group_id: 0,
    role_id: SELLER_ROLE,
    salesperson: null,
  }));
  call.sim.crm.users.push(...users);
  return hal(
    { _total_items: users.length, _embedded: { users: users.map((user) => userJson(call, user, false)) } },
    201,
  );
}

/** Throws Refusal where the token's user is no administrator. */
export function requireAdmin(call: Call): void {
  const user = call.sim.crm.users.find(({ id }) => id === call.userId);
  if (!user?.is_admin) throw refuse(403, 'Forbidden');
}

export const accountRoutes: readonly Route[] = [
  ['GET', '/account', account],
  [
    'GET',
    '/users',
    (call) => {
      requireAdmin(call);
      return countedList(call, 'users', call.sim.crm.users, (user) => userJson(call, user, true));
    },
  ],
  [
    'GET',
    '/users/:id',
    (call) => {
      const user = call.sim.crm.users.find(({ id }) => id === idParam(call, 'id'));
      return user ? hal(userJson(call, user, false)) : missing(call);
    },
  ],
  ['POST', '/users', addUsers],
  ['GET', '/roles', (call) => countedList(call, 'roles', roles, (role) => roleJson(call, role))],
  [
    'GET',
    '/roles/:id',
    (call) => {
      const role = roles.find(({ id }) => id === idParam(call, 'id'));
      return role ? hal(roleJson(call, role)) : missing(call);
    },
  ],
];

function roleJson(call: Call, role: { id: number; name: string }): Record<string, unknown> {
  const members = call.sim.crm.users.filter((user) => user.role_id === role.id && user.is_active);
  const rights = {
    leads: grant('M'),
    contacts: grant('M'),
    companies: grant('M'),
    tasks: { edit: 'M', delete: 'M' },
    mail_access: false,
    catalog_access: true,
    status_rights: null,
  };
  return {
    id: role.id,
    name: role.name,
    rights,
    _links: selfLink(call, `/roles/${role.id}`),
    _embedded: { users: members.map(({ id }) => id) },
  };
}
