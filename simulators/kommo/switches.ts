// Behaviours on which the sources disagree, or which nobody has documented (kommo.md section 11 and its [?] marks).
// Each can be turned at run time; the default is the reading that most sources support.

export interface KommoSwitches {
  /** Filter by custom field: refused with 400 (most accounts now), silently ignored (2020), or honored. */
  customFieldFilter: 'reject' | 'ignore' | 'honor';
  /** Contact filters beyond `updated_at` and `closest_task_at`: the current English page lists only these two. */
  contactFilters: 'all' | 'documented';
  /** `limit` over 250: cut to 250, or answered with 50 items (one report). */
  overLimit: 'cap' | 'fifty';
  /** Whether the href of an item repeats `?page=..&limit=..`. */
  itemHref: 'paged' | 'plain';
  /** A `first` link beside `next` and `prev`. */
  firstLink: boolean;
  pipelineById: 'root' | 'list';
  patchByIdAnswer: 'root' | 'embedded';
  fieldPostAnswer: 'embedded' | 'bare';
  lossReason: 'array' | 'object';
  /** A GET by id that finds nothing. */
  missById: 204 | 404;
  taskById: boolean;
  deleteCustomField: boolean;
  /** `price_with_minor_units` beside `price`. */
  minorUnits: boolean;
  webhookPostStatus: 200 | 201;
  webhookRepost: 'replace' | 'merge';
  /** Which of `null` and `[]` clears a field; the other is refused. */
  clearing: 'both' | 'null' | 'empty';
  /** One bad item refuses the whole batch, or only itself. */
  batch: 'whole' | 'partial';
  /** Whether linking or unlinking raises `updated_at`. */
  linksTouch: boolean;
  /** `filter[updated_at][from]` includes its bound. */
  fromInclusive: boolean;
  /** A PATCH that sends an `updated_at` older than the stored one. */
  olderUpdate: 'accept' | 'keep';
  repeatedLink: 500 | 200;
  retryAfterSeconds: number;
  retryAfterHeader: boolean;
  /** HTML 403 after that many 429 within a window; false: never. */
  ipBlock: { after: number; withinMs: number; forMs: number } | false;
  /** The shared host (Host `localhost`, or `api-*`) serves, or answers 401 to a valid token, as one project saw. */
  sharedHost: 'serves' | 'unauthorized';
  /** `domain` of the discovery routes: this server, or the documented `{subdomain}.kommo.com`. */
  discoveryDomain: 'loopback' | 'documented';
  /** An extra claim that some tokens are said to carry. */
  userFlags: boolean;
  eventOrder: 'newest' | 'oldest';
  /** `POST /leads/complex` joins a lead with an open one of a contact that has the same phone. */
  duplicateControl: boolean;
  /** What `with=is_api_filter_enabled` answers. */
  filterFlag: boolean;
  /** Webhook deliveries: what goes wrong on the way, as shares of 0 to 1. */
  hookLoss: number;
  hookDuplication: number;
  hookReordering: number;
  /** How long the receiver has to answer. */
  hookTimeoutMs: number;
  /** Multiplies the waits of the retry table and the 2 hours of the failure counter: 0.001 makes 5 minutes 300 ms. */
  hookTimeScale: number;
}

export const defaultSwitches = (): KommoSwitches => ({
  customFieldFilter: 'reject',
  contactFilters: 'all',
  overLimit: 'cap',
  itemHref: 'paged',
  firstLink: false,
  pipelineById: 'root',
  patchByIdAnswer: 'root',
  fieldPostAnswer: 'embedded',
  lossReason: 'array',
  missById: 204,
  taskById: true,
  deleteCustomField: true,
  minorUnits: false,
  webhookPostStatus: 201,
  webhookRepost: 'replace',
  clearing: 'both',
  batch: 'whole',
  linksTouch: false,
  fromInclusive: true,
  olderUpdate: 'accept',
  repeatedLink: 500,
  retryAfterSeconds: 300,
  retryAfterHeader: false,
  ipBlock: { after: 50, withinMs: 60_000, forMs: 60_000 },
  sharedHost: 'serves',
  discoveryDomain: 'loopback',
  userFlags: false,
  eventOrder: 'newest',
  duplicateControl: false,
  filterFlag: false,
  hookLoss: 0,
  hookDuplication: 0,
  hookReordering: 0,
  hookTimeoutMs: 2000,
  hookTimeScale: 1,
});
