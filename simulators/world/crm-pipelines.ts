// Pipelines and stages of a fresh account: three live ones and an archived one. Every pipeline has the incoming stage
// (type 1) and the two closing stages 142 and 143, whose ids repeat; their names may be changed, and here one is.
import type { LossReason, Pipeline, Stage } from './crm-records.ts';
import { LOST, WON } from './crm-records.ts';

interface Draft {
  id: number;
  name: string;
  stages: readonly (readonly [name: string, color: string])[];
  won?: string;
  lost?: string;
  archived?: boolean;
}

const DRAFTS: readonly Draft[] = [
  {
    id: 6011000,
    name: 'Vendas',
    stages: [
      ['Primeiro contato', '#99ccff'],
      ['Qualificação', '#ffff99'],
      ['Proposta enviada', '#ffcc66'],
      ['Negociação', '#ffcccc'],
      ['Aguardando pagamento', '#c1e0ff'],
    ],
  },
  {
    id: 6011104,
    name: 'Parcerias e indicações',
    stages: [
      ['Indicação recebida', '#d6eaff'],
      ['Conversa marcada', '#fffeb2'],
      ['Contrato em análise', '#ffdbdb'],
    ],
    won: 'Parceria fechada',
  },
  {
    id: 6011208,
    name: 'Pós-venda',
    stages: [
      ['Entrega', '#deff81'],
      ['Acompanhamento', '#87f2c0'],
    ],
    won: 'Concluído',
    lost: 'Sem retorno',
  },
  { id: 6010900, name: 'Vendas 2023', stages: [['Em andamento', '#e6e8ea']], archived: true },
];

export const MAIN_PIPELINE = 6011000;
export const PARTNER_PIPELINE = 6011104;
export const AFTER_SALES_PIPELINE = 6011208;
export const ARCHIVED_PIPELINE = 6010900;

function closing(id: number, name: string): Stage {
  return {
    id,
    name,
    sort: id === WON ? 10_000 : 11_000,
    is_editable: false,
    color: id === WON ? '#CCFF66' : '#D5D8DB',
    type: 0,
    descriptions: [],
  };
}

/** Stages as the provider makes them for a new pipeline, around the editable ones. */
export function stagesOf(
  pipelineId: number,
  editable: readonly (readonly [name: string, color: string])[],
  won = 'Fechado - ganho',
  lost = 'Fechado - perdido',
): Stage[] {
  const incoming: Stage = {
    id: pipelineId * 10 + 1,
    name: 'Leads de entrada',
    sort: 10,
    is_editable: false,
    color: '#c1c1c1',
    type: 1,
    descriptions: [],
  };
  const middle = editable.map(([name, color], index): Stage => ({
    id: pipelineId * 10 + 2 + index,
    name,
    sort: 20 + index * 10,
    is_editable: true,
    color,
    type: 0,
    descriptions: [],
  }));
  return [incoming, ...middle, closing(WON, won), closing(LOST, lost)];
}

export function pipelinesOf(): Pipeline[] {
  return DRAFTS.map((draft, index): Pipeline => ({
    id: draft.id,
    name: draft.name,
    sort: index + 1,
    is_main: draft.id === MAIN_PIPELINE,
    is_unsorted_on: !draft.archived,
    is_archive: draft.archived ?? false,
    stages: stagesOf(draft.id, draft.stages, draft.won, draft.lost),
  }));
}

/** First stage that a person can put a lead into. */
export const firstEditableStage = (pipeline: Pipeline): Stage =>
  pipeline.stages.find((stage) => stage.is_editable) as Stage;

const REASONS = [
  'Preço alto',
  'Comprou do concorrente',
  'Sem orçamento',
  'Prazo de entrega',
  'Não respondeu',
  'Produto em falta',
];

export function lossReasonsOf(createdAt: number): LossReason[] {
  return REASONS.map((name, index) => ({
    id: 190077 + index * 4,
    name,
    sort: (index + 1) * 10_000,
    created_at: createdAt,
    updated_at: createdAt,
  }));
}
