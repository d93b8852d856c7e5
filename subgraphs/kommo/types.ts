// The types of this subgraph before they have fields: they point to one another in every direction, so all names come first.
import { asEntity, connectionType, createBuilder, orderInput, type RequestContext } from '../../lib/graphql/index.ts';
import {
  companies,
  contacts,
  crmUsers,
  customFields,
  deals,
  lossReasons,
  pipelines,
  stages,
  tags,
  type CompanyRow,
  type ContactRow,
  type CrmUserRow,
  type CustomFieldRow,
  type DealContactRow,
  type DealRow,
  type LossReasonRow,
  type OptionRow,
  type PipelineRow,
  type StageRow,
  type TagRow,
} from './rows.ts';
import type { FieldValues, FieldValue } from './field-values.ts';

/** A builder with every name of this subgraph. */
export function createTypes() {
  const builder = createBuilder<RequestContext>();
  const refs = {
    CrmUser: builder.objectRef<CrmUserRow>('CrmUser'),
    Pipeline: builder.objectRef<PipelineRow>('Pipeline'),
    Stage: builder.objectRef<StageRow>('Stage'),
    LossReason: builder.objectRef<LossReasonRow>('LossReason'),
    Tag: builder.objectRef<TagRow>('Tag'),
    CustomField: builder.objectRef<CustomFieldRow>('CustomField'),
    CustomFieldOption: builder.objectRef<OptionRow>('CustomFieldOption'),
    CustomFieldValues: builder.objectRef<FieldValues>('CustomFieldValues'),
    CustomFieldValue: builder.objectRef<FieldValue>('CustomFieldValue'),
    Company: builder.objectRef<CompanyRow>('Company'),
    Contact: builder.objectRef<ContactRow>('Contact'),
    Deal: builder.objectRef<DealRow>('Deal'),
    DealContact: builder.objectRef<DealContactRow>('DealContact'),
  };
  asEntity(builder, refs.CrmUser, crmUsers);
  asEntity(builder, refs.Pipeline, pipelines);
  asEntity(builder, refs.Stage, stages);
  asEntity(builder, refs.LossReason, lossReasons);
  asEntity(builder, refs.Tag, tags);
  asEntity(builder, refs.CustomField, customFields);
  asEntity(builder, refs.Company, companies);
  asEntity(builder, refs.Contact, contacts);
  asEntity(builder, refs.Deal, deals);
  const enums = {
    DealStatus: builder.enumType('DealStatus', { values: ['OPEN', 'WON', 'LOST'] as const }),
    StageKind: builder.enumType('StageKind', { values: ['INCOMING', 'OPEN', 'WON', 'LOST'] as const }),
    CustomFieldEntity: builder.enumType('CustomFieldEntity', { values: ['CONTACT', 'DEAL', 'COMPANY'] as const }),
  };
  const connections = {
    deals: connectionType(builder, refs.Deal),
    contacts: connectionType(builder, refs.Contact),
    companies: connectionType(builder, refs.Company),
  };
  const orders = {
    DealOrder: orderInput(builder, 'DealOrder', ['UPDATED_AT', 'CREATED_AT', 'PRICE', 'CLOSED_AT'], 'DESC'),
    ContactOrder: orderInput(builder, 'ContactOrder', ['UPDATED_AT', 'NAME'], 'DESC'),
  };
  return { builder, ...refs, ...enums, connections, orders };
}

export type KommoTypes = ReturnType<typeof createTypes>;
