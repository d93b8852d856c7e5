// What is read from Kommo, as data: path, key of the list, parameters, and how a change is found (kommo.md 3 and 4).
// A new stream is a row here, a wire schema and a mapper.
import { SECOND } from '../../lib/time.ts';

/** Most records that a page may hold (kommo.md 2.1: "Items returned per page: 250 max, default 50"). */
export const PAGE_SIZE = 250;

/** Requests that Kommo allows in one second (kommo.md 2.1). */
export const PER_SECOND = 7;

/** Typical time to the first byte of a page of 250, ms. Not documented: what integrations see. */
export const TYPICAL_LATENCY_MS = 600;

/**
 * How far back an incremental run reads again, in seconds: clocks differ, and a record may become visible a little
 * after the second that its `updated_at` names (kommo.md 7.2 advises 60 to 300).
 */
export const OVERLAP_SECONDS = 120;

/** Nobody asks a host that shows the block page before this has passed (kommo.md 2.2; the length is not documented). */
export const BLOCK_PAUSE_MS = 15 * 60 * SECOND;

/** The API of an account lives under this path on every host (kommo.md 1.1). */
export const API_PREFIX = '/api/v4';

/** Tells the account's own host for a bearer token (kommo.md 1.1). */
export const DISCOVERY_PATH = '/oauth2/account/subdomain';

export interface Endpoint {
  /** Below `/api/v4`. */
  readonly path: string;
  /** The list inside `_embedded`. */
  readonly key: string;
  /** Family C lists come whole, without pages (kommo.md 3.1). */
  readonly paged: boolean;
  /** What has to be asked for beside the record itself. */
  readonly with?: string;
  /** The order of pages, where one is documented (kommo.md 3.2). */
  readonly order?: string;
  /** `changes`: by `updated_at`; else why everything is read. */
  readonly incremental: string;
}

const NO_CHANGES = 'full because Kommo documents no order and no filter by change for this list';

/** Entities that carry custom fields and tags, and our name for each. */
export const ENTITIES = { contacts: 'CONTACT', leads: 'DEAL', companies: 'COMPANY' } as const;
export type EntityPath = keyof typeof ENTITIES;
export type EntityName = (typeof ENTITIES)[EntityPath];
export const ENTITY_PATHS = Object.keys(ENTITIES) as EntityPath[];

export const ACCOUNT_PATH = '/account';
export const ACCOUNT_WITH = 'version,drive_url,users_groups,task_types,datetime_settings';

export const ENDPOINTS = {
  users: { path: '/users', key: 'users', paged: true, with: 'role,group,phone_number', incremental: NO_CHANGES },
  pipelines: { path: '/leads/pipelines', key: 'pipelines', paged: false, incremental: NO_CHANGES },
  loss_reasons: { path: '/leads/loss_reasons', key: 'loss_reasons', paged: false, incremental: NO_CHANGES },
  custom_fields: { path: '/{entity}/custom_fields', key: 'custom_fields', paged: true, order: 'id', incremental: NO_CHANGES },
  tags: { path: '/{entity}/tags', key: 'tags', paged: true, incremental: NO_CHANGES },
  companies: { path: '/companies', key: 'companies', paged: true, order: 'id', incremental: 'changes' },
  contacts: { path: '/contacts', key: 'contacts', paged: true, order: 'id', incremental: 'changes' },
  deals: { path: '/leads', key: 'leads', paged: true, order: 'id', with: 'contacts,loss_reason,source_id', incremental: 'changes' },
} as const satisfies Record<string, Endpoint>;
