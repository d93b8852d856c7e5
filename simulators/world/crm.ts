// The CRM of the simulated company: base records made from the world, and everything that was written since. All
// writes go through here, so that every one of them lands in the audit log and reaches whoever listens (webhooks).
import { baseEvents, contactNoteRows, leadNoteRows, taskRows } from './crm-activity.ts';
import { catalogsOf, elementsOf, sourcesOf } from './crm-catalogs.ts';
import { companyRows } from './crm-companies.ts';
import { contactRows } from './crm-contacts.ts';
import { EventLog } from './crm-events.ts';
import { describeChange } from './crm-changes.ts';
import type { CardChange, CrmChange, UnsortedChange } from './crm-changes.ts';
import { CATEGORIES_CATALOG, PRODUCTS_CATALOG, fieldDefinitions } from './crm-fields.ts';
import { leadRows } from './crm-leads.ts';
import { crmPeople } from './crm-people.ts';
import { firstEditableStage, lossReasonsOf, pipelinesOf } from './crm-pipelines.ts';
import type {
  Account,
  CardBrief,
  Catalog,
  CatalogElement,
  Company,
  Contact,
  CrmUser,
  EntityType,
  FieldDefinition,
  Lead,
  LeadBrief,
  LossReason,
  Note,
  Pipeline,
  Source,
  Tag,
  Task,
} from './crm-records.ts';
import { LOST, WON } from './crm-records.ts';
import { Relations } from './crm-relations.ts';
import { crmSource } from './crm-source.ts';
import { Table, noBase } from './crm-table.ts';
import type { World } from './world.ts';

export interface CrmOptions {
  /** Number of deals; default about twice the contacts. */
  deals?: number;
  subdomain?: string;
  /** Clock of what is written; default the real one. */
  nowSeconds?: () => number;
}

export interface CardTables {
  leads: Table<Lead, LeadBrief>;
  contacts: Table<Contact, CardBrief>;
  companies: Table<Company, CardBrief>;
}

export interface CardOf {
  leads: Lead;
  contacts: Contact;
  companies: Company;
}

const TAG_NAMES = ['vip', 'equipe', 'atacado', 'feira 2026', 'inativo', 'site'];

export class Crm {
  readonly nowSeconds: () => number;
  readonly account: Account;
  readonly users: CrmUser[];
  readonly manager: CrmUser;
  readonly fields = new Map<number, FieldDefinition>();
  readonly pipelines: Pipeline[] = pipelinesOf();
  readonly lossReasons: LossReason[];
  readonly tags: Record<EntityType, Tag[]>;
  readonly catalogs: Catalog[];
  readonly elements: CatalogElement[];
  readonly sources: Source[] = sourcesOf();
  readonly cards: CardTables;
  readonly tasks: Table<Task, Task>;
  readonly notes: Record<EntityType, Table<Note, Note>>;
  readonly events: EventLog;
  readonly relations: Relations;
  /** Losers of merges: gone, and not among the restorable ones. */
  readonly merged: Record<EntityType, Set<number>> = { leads: new Set(), contacts: new Set(), companies: new Set() };
  #listeners = new Set<(change: CrmChange) => void>();
  #nextId = 99_000_001;

  constructor(world: World, options: CrmOptions = {}) {
    const source = crmSource(world, options.deals);
    const { seed } = source;
    const people = crmPeople(source, options.subdomain);
    this.nowSeconds = options.nowSeconds ?? (() => Math.floor(Date.now() / 1000));
    this.account = people.account;
    this.users = people.users;
    this.manager = people.manager;
    for (const field of fieldDefinitions()) this.fields.set(field.id, field);
    const opened = people.account.created_at;
    this.lossReasons = lossReasonsOf(opened);
    this.catalogs = catalogsOf(opened, people.manager.id);
    this.elements = elementsOf(seed, this.fields, opened, people.manager.id);
    this.tags = { leads: tagsOf(90_211, 'EBEBEB'), contacts: tagsOf(90_411, null), companies: tagsOf(90_611, null) };
    // made once: what base records choose from must not move when definitions are edited
    const fixed = { source, fields: new Map(this.fields), sellers: people.sellers, managerId: people.manager.id };
    const contacts = contactRows({ ...fixed, tags: [...this.tags.contacts] });
    const leads = leadRows({
      ...fixed,
      tags: [...this.tags.leads],
      pipelines: pipelinesOf(),
      lossReasons: [...this.lossReasons],
      sourceIds: this.sources.map(({ id }) => id),
      products: this.elements
        .filter((element) => element.catalog_id === PRODUCTS_CATALOG)
        .map(({ id, catalog_id }) => ({ id, catalog_id, price_id: 812_450 })),
      categories: this.elements
        .filter((element) => element.catalog_id === CATEGORIES_CATALOG)
        .map(({ id, catalog_id }) => ({ id, catalog_id })),
    });
    this.cards = {
      leads: new Table(leads),
      contacts: new Table(contacts),
      companies: new Table(companyRows({ ...fixed, tags: [...this.tags.companies] }, contacts)),
    };
    this.tasks = new Table(taskRows(seed, leads, source.nowSeconds));
    this.notes = {
      leads: new Table(leadNoteRows(seed, leads)),
      contacts: new Table(contactNoteRows(seed, contacts)),
      companies: new Table(noBase, { firstNewId: 194_455_001 }),
    };
    const firstStage = (pipeline: number): number => firstEditableStage(this.pipelineOf(pipeline) as Pipeline).id;
    this.events = new EventLog(baseEvents(seed, leads, firstStage), seed.draw(seed.salt('event'), 0));
    this.relations = new Relations(source, leads, this.cards.leads, this.cards.contacts);
  }

  /** Called after every write; returns how to stop. */
  onChange(listener: (change: CrmChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** An id for what has no table: fields, tags, stages, links of hooks. */
  newId(): number {
    this.#nextId += 2;
    return this.#nextId;
  }

  pipelineOf(id: number): Pipeline | undefined {
    return this.pipelines.find((pipeline) => pipeline.id === id);
  }

  mainPipeline(): Pipeline {
    return this.pipelines.find((pipeline) => pipeline.is_main) as Pipeline;
  }

  card<E extends EntityType>(type: E, id: number): CardOf[E] | undefined {
    return this.cards[type].get(id) as CardOf[E] | undefined;
  }

  /** Stores tags that are new; one name is one tag of its entity type. */
  adoptTags(type: EntityType, tags: readonly Tag[]): Tag[] {
    return tags.map((tag) => {
      const known = this.tags[type].find(({ id, name }) => id === tag.id || name === tag.name);
      if (!known) this.tags[type].push(tag);
      return known ?? tag;
    });
  }

  /** Stores a new card; its id comes from its table. */
  addCard<E extends EntityType>(type: E, draft: CardOf[E], by: number): CardOf[E] {
    const card = { ...draft, tags: this.adoptTags(type, draft.tags) };
    this.#relate(type, card);
    (this.cards[type] as Table<CardOf[E], CardBrief & CardOf[E]>).insert(card);
    this.#tell({ kind: 'card', type, action: 'add', before: undefined, after: card, by, at: card.created_at });
    return card;
  }

  /**
   * Changes a card and keeps what hangs together: `closed_at` is set when a lead reaches 142 or 143 and cleared when it
   * leaves them (assumed, kommo.md 4.2), the loss reason belongs to 143, `updated_at` rises unless `quiet`.
   */
  changeCard<E extends EntityType>(
    type: E,
    id: number,
    patch: Partial<CardOf[E]>,
    by: number,
    quiet = false,
  ): CardOf[E] | undefined {
    const before = this.card(type, id);
    if (!before) return undefined;
    const at = this.nowSeconds();
    const stamp = quiet ? {} : { updated_at: at, updated_by: by };
    let after = { ...before, ...stamp, ...patch };
    if (type === 'leads') after = { ...after, ...closing(before as Lead, after as Lead, at) };
    if (patch.tags) after = { ...after, tags: this.adoptTags(type, patch.tags) };
    this.#relate(type, after);
    (this.cards[type] as Table<CardOf[E], CardBrief & CardOf[E]>).replace(after);
    this.#tell({ kind: 'card', type, action: 'update', before, after, by, at });
    return after;
  }

  removeCard(type: EntityType, id: number, by: number): boolean {
    const before = this.card(type, id);
    if (!before) return false;
    const at = this.nowSeconds();
    const after = { ...before, is_deleted: true, updated_at: at, updated_by: by };
    (this.cards[type] as Table<CardOf[EntityType], CardBrief & CardOf[EntityType]>).remove(after);
    this.#tell({ kind: 'card', type, action: 'delete', before, after, by, at });
    return true;
  }

  restoreCard(type: EntityType, id: number, by: number): boolean {
    const removed = this.cards[type].removed().find((card) => card.id === id);
    if (!removed || this.merged[type].has(id)) return false;
    const at = this.nowSeconds();
    const after = { ...removed, is_deleted: false, updated_at: at, updated_by: by };
    (this.cards[type] as Table<CardOf[EntityType], CardBrief & CardOf[EntityType]>).restore(after);
    this.#tell({ kind: 'card', type, action: 'restore', before: removed, after, by, at });
    return true;
  }

  /** The loser disappears; what hung on it hangs on the winner. */
  mergeCards(type: EntityType, winner: number, loser: number, by: number): boolean {
    const from = this.card(type, loser);
    if (!from || winner === loser || !this.card(type, winner)) return false;
    if (type !== 'leads') {
      const leads = type === 'contacts' ? this.relations.leadsOfContact(loser) : this.relations.leadsOfCompany(loser);
      for (const lead of leads) {
        const contacts = lead.contacts.map((contact) => (contact.id === loser ? { ...contact, id: winner } : contact));
        this.changeCard('leads', lead.id, type === 'contacts' ? { contacts } : { company_id: winner }, by, true);
      }
    }
    this.merged[type].add(loser);
    (this.cards[type] as Table<CardOf[EntityType], CardBrief & CardOf[EntityType]>).remove({
      ...from,
      is_deleted: true,
    });
    this.#tell({ kind: 'merge', type, winner, loser, by, at: this.nowSeconds() });
    this.changeCard(type, winner, {}, by);
    return true;
  }

  addTask(task: Task): void {
    this.tasks.insert(task);
    this.#tell({
      kind: 'task',
      action: 'add',
      before: undefined,
      after: task,
      by: task.created_by,
      at: task.created_at,
    });
    this.#closestTask(task);
  }

  changeTask(id: number, patch: Partial<Task>, by: number): Task | undefined {
    const before = this.tasks.get(id);
    if (!before) return undefined;
    const at = this.nowSeconds();
    const after = { ...before, updated_at: at, updated_by: by, ...patch };
    this.tasks.replace(after);
    this.#tell({ kind: 'task', action: 'update', before, after, by, at });
    this.#closestTask(after);
    return after;
  }

  addNote(type: EntityType, note: Note): void {
    this.notes[type].insert(note);
    this.#tell({ kind: 'note', type, note, by: note.created_by, at: note.created_at });
  }

  /** Tells of an incoming lead; its card is written by the caller. */
  tellUnsorted(change: Omit<UnsortedChange, 'kind' | 'at'>): void {
    this.#tell({ kind: 'unsorted', ...change, at: this.nowSeconds() });
  }

  #closestTask(task: Task): void {
    const { entity_type: type, entity_id: id } = task;
    if (id === null || type === null || type === 'customers') return;
    const open = this.tasks.select({
      where: (row) => row.entity_id === id && row.entity_type === type && !row.is_completed,
      key: `${type}:${id}`,
      offset: 0,
      limit: 250,
    });
    const closest = open.rows.reduce<number | null>(
      (least, row) => (least === null || row.complete_till < least ? row.complete_till : least),
      null,
    );
    const card = this.card(type, id);
    if (card && card.closest_task_at !== closest)
      (this.cards[type] as Table<typeof card, CardBrief & typeof card>).replace({ ...card, closest_task_at: closest });
  }

  #relate(type: EntityType, card: CardOf[EntityType]): void {
    if (type === 'leads') this.relations.noteLead(card as Lead);
    if (type === 'contacts') this.relations.noteContact(card as Contact);
  }

  #tell(change: CrmChange): void {
    for (const event of describeChange(change)) this.events.append(event);
    for (const listener of this.#listeners) listener(change);
  }
}

export type { CardChange, CrmChange };

function closing(before: Lead, after: Lead, at: number): Partial<Lead> {
  const closed = after.status_id === WON || after.status_id === LOST;
  const moved = before.status_id !== after.status_id || before.pipeline_id !== after.pipeline_id;
  return {
    ...(moved ? { closed_at: closed ? at : null } : {}),
    ...(after.status_id === LOST ? {} : { loss_reason_id: null }),
  };
}

function tagsOf(first: number, color: string | null): Tag[] {
  return TAG_NAMES.map((name, index) => ({ id: first + index * 2, name, color: index === 0 ? color : null }));
}
