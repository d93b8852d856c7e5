// Shapes of what the simulated CRM stores. Names are those of the provider's JSON (kommo.md section 4), so that a
// record becomes an answer by adding links; `tags`, `company_id` and the like are what the answer shows as embedded.
import type { Row } from './crm-table.ts';

export type EntityType = 'leads' | 'contacts' | 'companies';
export const ENTITY_TYPES: readonly EntityType[] = ['leads', 'contacts', 'companies'];
export type FieldOwner = EntityType | 'customers' | 'catalogs';

/** The types of custom fields (kommo.md 4.5). */
export const FIELD_TYPES = [
  'text', 'textarea', 'url', 'streetaddress', 'tracking_data', 'numeric', 'price', 'monetary',
  'checkbox', 'select', 'radiobutton', 'multiselect', 'category', 'multitext', 'date', 'date_time',
  'birthday', 'smart_address', 'legal_entity', 'items', 'linked_entity', 'chained_list', 'file',
] as const;
export type FieldType = (typeof FIELD_TYPES)[number];

export interface FieldEnum {
  id: number;
  value: string;
  sort: number;
  code?: string;
}

export interface FieldDefinition {
  id: number;
  name: string;
  type: FieldType;
  code: string | null;
  sort: number;
  entity_type: FieldOwner;
  catalog_id: number | null;
  is_api_only: boolean;
  is_deletable: boolean;
  is_predefined: boolean;
  group_id: string | null;
  enums: FieldEnum[] | null;
  required_statuses: { status_id: number; pipeline_id: number }[];
  hidden_statuses: { status_id: number; pipeline_id: number }[];
  currency: string | null;
  remind: string | null;
  tracking_callback: string | null;
  chained_lists: { title: string; catalog_id: number; parent_catalog_id: number | null }[] | null;
}

export interface FieldValue {
  value?: unknown;
  enum_id?: number;
  enum_code?: string | null;
  catalog_id?: number;
  catalog_element_id?: number;
}

/** One element of `custom_fields_values`. */
export interface FieldEntry {
  field_id: number;
  field_name: string;
  field_code: string | null;
  field_type: FieldType;
  values: FieldValue[];
  is_computed?: boolean;
}

export interface Tag {
  id: number;
  name: string;
  color: string | null;
}

/** What the three card types share, and what their filters read. */
export interface CardBrief extends Row {
  responsible_user_id: number;
  created_by: number;
  updated_by: number;
  closest_task_at: number | null;
}

export interface ElementLink {
  id: number;
  catalog_id: number;
  quantity: number;
  price_id: number | null;
}

export interface Card extends CardBrief {
  name: string;
  group_id: number;
  is_deleted: boolean;
  custom_fields_values: FieldEntry[] | null;
  tags: Tag[];
  catalog_elements: ElementLink[];
}

export interface Contact extends Card {
  first_name: string;
  last_name: string;
  is_unsorted: boolean;
  company_id: number | null;
}

export type Company = Card;

export interface LeadBrief extends CardBrief {
  price: number;
  pipeline_id: number;
  status_id: number;
  closed_at: number | null;
}

export interface Lead extends LeadBrief, Card {
  closest_task_at: number | null;
  loss_reason_id: number | null;
  source_id: number | null;
  score: number | null;
  labor_cost: number | null;
  is_price_computed: boolean;
  is_price_modified_by_robot: boolean;
  company_id: number | null;
  contacts: { id: number; is_main: boolean }[];
}

export interface Stage {
  id: number;
  name: string;
  sort: number;
  is_editable: boolean;
  color: string;
  /** 1: incoming leads. */
  type: 0 | 1;
  descriptions: { level: string; description: string }[];
}

export interface Pipeline {
  id: number;
  name: string;
  sort: number;
  is_main: boolean;
  is_unsorted_on: boolean;
  is_archive: boolean;
  stages: Stage[];
}

/** The same two ids in every pipeline (kommo.md 4.3). */
export const WON = 142;
export const LOST = 143;

export interface LossReason {
  id: number;
  name: string;
  sort: number;
  created_at: number;
  updated_at: number;
}

export interface CrmUser {
  id: number;
  name: string;
  email: string;
  phone: string | null;
  is_admin: boolean;
  is_active: boolean;
  is_free: boolean;
  group_id: number | null;
  role_id: number | null;
  /** Number of the salesperson of the ERP who is this user; null for people who only use the CRM. */
  salesperson: number | null;
}

export interface Role {
  id: number;
  name: string;
}

export interface Account {
  id: number;
  name: string;
  subdomain: string;
  created_at: number;
  created_by: number;
  updated_at: number;
}

export interface Task extends Row {
  created_by: number;
  updated_by: number;
  responsible_user_id: number;
  group_id: number;
  entity_id: number | null;
  entity_type: EntityType | 'customers' | null;
  duration: number;
  is_completed: boolean;
  task_type_id: number;
  text: string;
  result: { text: string } | null;
  complete_till: number;
}

export interface Note extends Row {
  entity_id: number;
  created_by: number;
  updated_by: number;
  responsible_user_id: number;
  group_id: number;
  note_type: string;
  params: Record<string, unknown>;
  is_pinned: boolean;
}

export interface Catalog extends Row {
  name: string;
  created_by: number;
  updated_by: number;
  sort: number;
  type: 'regular' | 'products';
}

export interface CatalogElement extends Row {
  catalog_id: number;
  name: string;
  created_by: number;
  updated_by: number;
  custom_fields_values: FieldEntry[] | null;
}

export interface Source {
  id: number;
  name: string;
  pipeline_id: number;
  external_id: string;
  services: { type: string; pages: { id: string; name: string; link: string }[]; params?: Record<string, unknown> }[];
  default: boolean;
  origin_code: string | null;
}

export interface Unsorted {
  uid: string;
  source_uid: string;
  source_name: string;
  category: 'sip' | 'mail' | 'forms' | 'chats';
  pipeline_id: number;
  created_at: number;
  metadata: Record<string, unknown>;
  lead_id: number;
  contact_id: number | null;
  company_id: number | null;
}

/** Singular here, plural everywhere else (kommo.md 4.13). */
export type EventEntity = 'lead' | 'contact' | 'company' | 'task' | 'customer';

export interface CrmEvent {
  id: string;
  type: string;
  entity_id: number;
  entity_type: EventEntity;
  created_by: number;
  created_at: number;
  value_after: Record<string, unknown>[];
  value_before: Record<string, unknown>[];
}

export const singular = (type: EntityType): 'lead' | 'contact' | 'company' =>
  type === 'leads' ? 'lead' : type === 'contacts' ? 'contact' : 'company';
