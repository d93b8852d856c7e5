// What an account of the CRM is set up with: pipelines and stages, custom fields and options, users, tags, loss reasons.
import { linkedRow, listOf, nestedConnection, offsetArgs, recordFields } from '../../lib/graphql/index.ts';
import { dealOrder, dealWhere, type Filters } from './filters.ts';
import { byResponsible } from './relations.ts';
import { crmUsers, customFields, deals, lossReasons, options, pipelines, stages, tags } from './rows.ts';
import type { KommoTypes } from './types.ts';

export function addDefinitions(types: KommoTypes, { DealFilter }: Filters): void {
  types.CrmUser.implement({
    description: 'A login of the CRM.',
    fields: (t) => ({
      ...recordFields(t, crmUsers),
      name: t.exposeString('name'),
      email: t.exposeString('email', { nullable: true }),
      active: t.exposeBoolean('active'),
      isAdmin: t.exposeBoolean('isAdmin'),
      deals: t.field({
        type: types.connections.deals,
        description: 'Deals that this user answers for.',
        args: {
          ...offsetArgs(t.arg),
          filter: t.arg({ type: DealFilter }),
          orderBy: t.arg({ type: types.orders.DealOrder }),
        },
        resolve: (user, args, context, info) =>
          nestedConnection(
            context,
            info,
            user.id,
            { source: deals, parent: byResponsible, where: dealWhere(args.filter), order: dealOrder(args.orderBy) },
            args,
          ),
      }),
    }),
  });
  types.Pipeline.implement({
    description: 'A sales funnel.',
    fields: (t) => ({
      ...recordFields(t, pipelines),
      name: t.exposeString('name'),
      main: t.exposeBoolean('main'),
      archived: t.exposeBoolean('archived'),
      sort: t.exposeInt('sort'),
      stages: t.field({ type: [types.Stage], resolve: listOf(pipelines, 'stages', stages) }),
    }),
  });
  types.Stage.implement({
    description: 'A step of a pipeline. Won and lost stand in every pipeline, each with an id of its own here.',
    fields: (t) => ({
      ...recordFields(t, stages),
      name: t.exposeString('name'),
      kind: t.expose('kind', { type: types.StageKind }),
      sort: t.exposeInt('sort'),
      color: t.exposeString('color', { nullable: true }),
      pipeline: t.field({
        type: types.Pipeline,
        nullable: true,
        resolve: (stage, _args, context) => linkedRow(context, pipelines, undefined, stage.pipelineId),
      }),
    }),
  });
  types.LossReason.implement({
    description: 'A reason for which deals are lost.',
    fields: (t) => ({
      ...recordFields(t, lossReasons),
      name: t.exposeString('name'),
      sort: t.exposeInt('sort', { nullable: true }),
    }),
  });
  types.Tag.implement({
    fields: (t) => ({
      ...recordFields(t, tags),
      entity: t.expose('entity', { type: types.CustomFieldEntity }),
      name: t.exposeString('name'),
      color: t.exposeString('color', { nullable: true }),
    }),
  });
  types.CustomField.implement({
    description: 'Definition of a custom field.',
    fields: (t) => ({
      ...recordFields(t, customFields),
      entity: t.expose('entity', { type: types.CustomFieldEntity }),
      name: t.exposeString('name'),
      code: t.exposeString('code', {
        nullable: true,
        description: 'The handle to use across accounts; most fields have none.',
      }),
      type: t.exposeString('type', { description: "The CRM's own type: TEXT, NUMERIC, SELECT, MULTITEXT ..." }),
      sort: t.exposeInt('sort', { nullable: true }),
      predefined: t.exposeBoolean('predefined', { description: 'True for fields that every account has.' }),
      options: t.field({ type: [types.CustomFieldOption], resolve: listOf(customFields, 'options', options) }),
    }),
  });
  types.CustomFieldOption.implement({
    description: 'A choice of a select field.',
    fields: (t) => ({
      id: t.exposeID('id'),
      externalId: t.exposeString('externalId'),
      value: t.exposeString('value'),
      sort: t.exposeInt('sort', { nullable: true }),
    }),
  });
}
