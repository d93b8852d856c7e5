// Pipelines, stages and loss reasons (kommo.md 4.3). A stage is only known by its pipeline: 142 and 143 repeat.
import { firstEditableStage, stagesOf } from '../world/crm-pipelines.ts';
import type { LossReason, Pipeline, Stage } from '../world/crm-records.ts';
import { requireAdmin } from './account.ts';
import type { Call, Route } from './call.ts';
import { hal, idParam, selfLink } from './call.ts';
import { missing, wholeList } from './envelope.ts';
import { withOf } from './filters.ts';
import type { Reply } from './problem.ts';
import { NO_CONTENT, refuse } from './problem.ts';
import type { Json } from './validation.ts';
import { FieldCheck, arrayBody, objectBody, settle } from './validation.ts';
import { validationFailed } from './problem.ts';

function stageJson(call: Call, pipeline: Pipeline, stage: Stage): Json {
  const { descriptions, ...rest } = stage;
  return {
    ...rest,
    pipeline_id: pipeline.id,
    account_id: call.sim.crm.account.id,
    _links: selfLink(call, `/leads/pipelines/${pipeline.id}/statuses/${stage.id}`),
    ...(withOf(call).has('descriptions') ? { descriptions } : {}),
  };
}

function pipelineJson(call: Call, pipeline: Pipeline): Json {
  const { stages, ...rest } = pipeline;
  return {
    ...rest,
    account_id: call.sim.crm.account.id,
    _links: selfLink(call, `/leads/pipelines/${pipeline.id}`),
    _embedded: {
      statuses: [...stages].sort((a, b) => a.sort - b.sort).map((stage) => stageJson(call, pipeline, stage)),
    },
  };
}

const pipelineParam = (call: Call): Pipeline | undefined => call.sim.crm.pipelineOf(idParam(call, 'id'));

function withPipeline(call: Call, reply: (pipeline: Pipeline) => Reply): Reply {
  const pipeline = pipelineParam(call);
  return pipeline ? reply(pipeline) : missing(call);
}

function withStage(call: Call, reply: (pipeline: Pipeline, stage: Stage) => Reply): Reply {
  return withPipeline(call, (pipeline) => {
    const stage = pipeline.stages.find(({ id }) => id === idParam(call, 'sid'));
    return stage ? reply(pipeline, stage) : missing(call);
  });
}

const STAGE_KEYS = {
  name: 'string',
  sort: 'int',
  color: 'string',
  type: 'int',
  request_id: 'string',
  descriptions: 'array',
} as const;

function addPipelines(call: Call): Reply {
  requireAdmin(call);
  const settled = settle<Json>(call, arrayBody(call), (item) => {
    const check = new FieldCheck(item, {
      name: 'string',
      sort: 'int',
      is_main: 'bool',
      is_unsorted_on: 'bool',
      _embedded: 'object',
      request_id: 'string',
    });
    check.require('name', 'sort');
    return check.problems.length > 0 ? { problems: check.problems } : { value: item };
  });
  const made = settled.map(({ value, requestId }) => {
    const id = call.sim.crm.newId();
    const drafts =
      (value['_embedded'] as { statuses?: { name?: string; color?: string }[] } | undefined)?.statuses ?? [];
    const pipeline: Pipeline = {
      id,
      name: String(value['name']),
      sort: Number(value['sort']),
      is_main: false,
      is_unsorted_on: value['is_unsorted_on'] !== false,
      is_archive: false,
      stages: stagesOf(
        id,
        drafts.map(({ name, color }) => [name ?? 'Etapa', color ?? '#fffeb2'] as const),
      ),
    };
    call.sim.crm.pipelines.push(pipeline);
    return { ...pipelineJson(call, pipeline), request_id: requestId };
  });
  return hal({ _total_items: made.length, _embedded: { pipelines: made } });
}

function removePipeline(call: Call): Reply {
  requireAdmin(call);
  return withPipeline(call, (pipeline) => {
    const { crm } = call.sim;
    const used = crm.cards.leads.select({
      where: (lead) => lead.pipeline_id === pipeline.id,
      key: `in:${pipeline.id}`,
      offset: 0,
      limit: 1,
    });
    if (crm.pipelines.length === 1 || used.rows.length > 0)
      throw refuse(422, 'The pipeline has leads or is the last one');
    crm.pipelines.splice(crm.pipelines.indexOf(pipeline), 1);
    return hal({});
  });
}

function addStages(call: Call): Reply {
  requireAdmin(call);
  return withPipeline(call, (pipeline) => {
    const settled = settle<Json>(call, arrayBody(call), (item) => {
      const check = new FieldCheck(item, STAGE_KEYS).require('name', 'sort');
      return check.problems.length > 0 ? { problems: check.problems } : { value: item };
    });
    const made = settled.map(({ value, requestId }) => {
      const stage: Stage = {
        id: call.sim.crm.newId(),
        name: String(value['name']),
        sort: Number(value['sort']),
        is_editable: true,
        color: String(value['color'] ?? '#fffeb2'),
        type: 0,
        descriptions: [],
      };
      pipeline.stages.push(stage);
      return { ...stageJson(call, pipeline, stage), request_id: requestId };
    });
    return hal({ _total_items: made.length, _embedded: { statuses: made } });
  });
}

/** Its leads move to the first stage. System stages can be renamed and recolored, not deleted. */
function removeStage(call: Call): Reply {
  requireAdmin(call);
  return withStage(call, (pipeline, stage) => {
    if (!stage.is_editable) throw refuse(422, 'The status is not editable');
    const { crm } = call.sim;
    pipeline.stages.splice(pipeline.stages.indexOf(stage), 1);
    const here = crm.cards.leads.select({
      where: (lead) => lead.pipeline_id === pipeline.id && lead.status_id === stage.id,
      key: `at:${stage.id}`,
      offset: 0,
      limit: 100_000,
    });
    for (const lead of here.rows)
      crm.changeCard('leads', lead.id, { status_id: firstEditableStage(pipeline).id }, call.userId);
    return NO_CONTENT;
  });
}

function edit<T extends object>(call: Call, target: T, kinds: ConstructorParameters<typeof FieldCheck>[1]): T {
  requireAdmin(call);
  const body = objectBody(call);
  const check = new FieldCheck(body, kinds);
  if (check.problems.length > 0) throw validationFailed([{ request_id: '0', errors: check.problems }]);
  return Object.assign(target, body);
}

const reasonJson = (call: Call, reason: LossReason): Json => ({
  ...reason,
  _links: selfLink(call, `/leads/loss_reasons/${reason.id}`),
});

export const pipelineRoutes: readonly Route[] = [
  [
    'GET',
    '/leads/pipelines',
    (call) =>
      wholeList(
        call,
        'pipelines',
        call.sim.crm.pipelines.map((pipeline) => pipelineJson(call, pipeline)),
      ),
  ],
  ['POST', '/leads/pipelines', addPipelines],
  [
    'GET',
    '/leads/pipelines/:id',
    (call) =>
      withPipeline(call, (pipeline) => {
        const json = pipelineJson(call, pipeline);
        return call.sim.switches.pipelineById === 'root' ? hal(json) : wholeList(call, 'pipelines', [json]);
      }),
  ],
  [
    'PATCH',
    '/leads/pipelines/:id',
    (call) =>
      withPipeline(call, (pipeline) =>
        hal(
          pipelineJson(
            call,
            edit(call, pipeline, { name: 'string', sort: 'int', is_main: 'bool', is_unsorted_on: 'bool' }),
          ),
        ),
      ),
  ],
  ['DELETE', '/leads/pipelines/:id', removePipeline],
  [
    'GET',
    '/leads/pipelines/:id/statuses',
    (call) =>
      withPipeline(call, (pipeline) =>
        wholeList(
          call,
          'statuses',
          pipeline.stages.map((stage) => stageJson(call, pipeline, stage)),
        ),
      ),
  ],
  ['POST', '/leads/pipelines/:id/statuses', addStages],
  [
    'GET',
    '/leads/pipelines/:id/statuses/:sid',
    (call) => withStage(call, (pipeline, stage) => hal(stageJson(call, pipeline, stage))),
  ],
  [
    'PATCH',
    '/leads/pipelines/:id/statuses/:sid',
    (call) => withStage(call, (pipeline, stage) => hal(stageJson(call, pipeline, edit(call, stage, STAGE_KEYS)))),
  ],
  ['DELETE', '/leads/pipelines/:id/statuses/:sid', removeStage],
  [
    'GET',
    '/leads/loss_reasons',
    (call) =>
      wholeList(
        call,
        'loss_reasons',
        call.sim.crm.lossReasons.map((reason) => reasonJson(call, reason)),
      ),
  ],
  [
    'GET',
    '/leads/loss_reasons/:id',
    (call) => {
      const reason = call.sim.crm.lossReasons.find(({ id }) => id === idParam(call, 'id'));
      return reason ? hal(reasonJson(call, reason)) : missing(call);
    },
  ],
];
