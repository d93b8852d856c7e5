// The rows that the types of this subgraph stand for, and the tables they come from.
import { defineSource, snakeColumns, type SyncedRow } from '../../lib/graphql/index.ts';

export interface CrmUserRow extends SyncedRow {
  name: string;
  email: string | null;
  active: boolean;
  isAdmin: boolean;
}

export interface PipelineRow extends SyncedRow {
  name: string;
  sort: number;
  main: boolean;
  archived: boolean;
}

export interface StageRow extends SyncedRow {
  pipelineId: string;
  name: string;
  kind: 'INCOMING' | 'OPEN' | 'WON' | 'LOST';
  sort: number;
  color: string | null;
}

export interface LossReasonRow extends SyncedRow {
  name: string;
  sort: number | null;
}

export type Entity = 'CONTACT' | 'DEAL' | 'COMPANY';

export interface TagRow extends SyncedRow {
  entity: Entity;
  name: string;
  color: string | null;
}

export interface CustomFieldRow extends SyncedRow {
  entity: Entity;
  name: string;
  code: string | null;
  type: string;
  sort: number | null;
  predefined: boolean;
}

export interface OptionRow {
  id: string;
  walletId: string;
  externalId: string;
  value: string;
  sort: number | null;
}

export interface CompanyRow extends SyncedRow {
  name: string;
  phones: string[];
  emails: string[];
  document: string | null;
  tags: string[];
  responsibleId: string | null;
  createdAt: string | null;
  updatedAt: string | null;
  responsible?: CrmUserRow | null;
}

export interface ContactRow extends SyncedRow {
  name: string;
  firstName: string | null;
  lastName: string | null;
  phones: string[];
  emails: string[];
  tags: string[];
  responsibleId: string | null;
  companyId: string | null;
  createdAt: string;
  updatedAt: string;
  responsible?: CrmUserRow | null;
  company?: CompanyRow | null;
}

export interface DealRow extends SyncedRow {
  name: string;
  price: string;
  status: 'OPEN' | 'WON' | 'LOST';
  tags: string[];
  pipelineId: string | null;
  stageId: string | null;
  responsibleId: string | null;
  companyId: string | null;
  lossReasonId: string | null;
  lossReason: string | null;
  createdAt: string;
  updatedAt: string;
  closedAt: string | null;
  pipeline?: PipelineRow | null;
  stage?: StageRow | null;
  responsible?: CrmUserRow | null;
  company?: CompanyRow | null;
}

/** A contact on a deal. */
export interface DealContactRow {
  id: string;
  main: boolean;
  /** Null while the contact itself has not arrived. */
  contact?: ContactRow | null;
}

const record = ['id', 'walletId', 'externalId', 'syncedAt'] as const;
const changed = { createdAt: 'source_created_at', updatedAt: 'source_updated_at' };

export const crmUsers = defineSource<CrmUserRow>({
  table: 'kommo.crm_user',
  columns: snakeColumns(...record, 'name', 'email', 'active', 'isAdmin'),
});

export const pipelines = defineSource<PipelineRow>({
  table: 'kommo.pipeline',
  columns: { ...snakeColumns(...record, 'name', 'sort', 'archived'), main: 'is_main' },
  toMany: { stages: { source: () => stages, parent: 'pipeline_id', orderBy: ['sort', 'id'] } },
});

export const stages = defineSource<StageRow>({
  table: 'kommo.stage',
  columns: snakeColumns(...record, 'pipelineId', 'name', 'kind', 'sort', 'color'),
  always: ['sort'],
  needs: { pipeline: ['pipelineId'] },
});

export const lossReasons = defineSource<LossReasonRow>({
  table: 'kommo.loss_reason',
  columns: snakeColumns(...record, 'name', 'sort'),
});

export const tags = defineSource<TagRow>({
  table: 'kommo.tag',
  columns: snakeColumns(...record, 'entity', 'name', 'color'),
});

export const customFields = defineSource<CustomFieldRow>({
  table: 'kommo.custom_field',
  columns: snakeColumns(...record, 'entity', 'name', 'code', 'type', 'sort', 'predefined'),
  toMany: { options: { source: () => options, parent: 'field_id', orderBy: ['sort', 'externalId'] } },
});

export const options = defineSource<OptionRow>({
  table: 'kommo.custom_field_option',
  columns: snakeColumns('id', 'walletId', 'externalId', 'value', 'sort'),
  always: ['sort', 'externalId'],
  hasMetadata: false,
});

const responsible = { source: () => crmUsers, key: 'responsibleId' };
const company = { source: () => companies, key: 'companyId' };

export const companies = defineSource<CompanyRow>({
  table: 'kommo.company',
  columns: { ...snakeColumns(...record, 'name', 'phones', 'emails', 'document', 'tags', 'responsibleId'), ...changed },
  toOne: { responsible },
});

export const contacts = defineSource<ContactRow>({
  table: 'kommo.contact',
  columns: {
    ...snakeColumns(
      ...record,
      'name',
      'firstName',
      'lastName',
      'phones',
      'emails',
      'tags',
      'responsibleId',
      'companyId',
    ),
    ...changed,
  },
  toOne: { responsible, company },
});

export const deals = defineSource<DealRow>({
  table: 'kommo.deal',
  columns: {
    ...snakeColumns(
      ...record,
      'name',
      'price',
      'status',
      'tags',
      'pipelineId',
      'stageId',
      'responsibleId',
      'companyId',
      'lossReasonId',
      'lossReason',
      'closedAt',
    ),
    ...changed,
  },
  needs: { lossReason: ['lossReasonId'] },
  toOne: {
    pipeline: { source: () => pipelines, key: 'pipelineId' },
    stage: { source: () => stages, key: 'stageId' },
    responsible,
    company,
  },
  toMany: { contacts: { source: () => dealContacts, parent: 'deal_id', orderBy: ['position'] } },
  decimals: ['price'],
});

export const dealContacts = defineSource<DealContactRow>({
  table: 'kommo.deal_contact',
  columns: { ...snakeColumns('walletId', 'main', 'position'), id: 'contact_id' },
  always: ['position', 'main'],
  toOne: { contact: { source: () => contacts, key: 'id' } },
  hasMetadata: false,
});
