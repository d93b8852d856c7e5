// Turns plans as planners write them into the representation that is executed. What is said only by place becomes explicit
// here: a fetch knows where its entities stand, and a subscription what follows each event.
import { PonteError } from '../../lib/errors.ts';
import type { DeferNode, EntityGroup, FetchBase, FetchNode, Plan, PlanNode, PlanPath, Requirement, Rewrite } from './plan.ts';
import type { TypesOf } from './types.ts';
import type { WireDefer, WireFetch, WireNode, WirePlan, WireRequirement, WireSubscription } from './wire.ts';

/** How one planner says paths and rewrites. */
export interface Dialect {
  readonly planner: Plan['planner'];
  path(steps: readonly unknown[]): PlanPath;
  rewrite(wire: unknown): Rewrite;
}

/** A plan holds something that this version of a planner is not known to say. */
export const unknownPlan = (what: string): PonteError => new PonteError('INTERNAL_SERVER_ERROR', `The query plan holds something unknown: ${what}`);

export class Adapter {
  readonly #dialect: Dialect;
  readonly #typesOf: TypesOf;

  constructor(dialect: Dialect, typesOf: TypesOf) {
    this.#dialect = dialect;
    this.#typesOf = typesOf;
  }

  plan({ node }: WirePlan): Plan {
    return { planner: this.#dialect.planner, root: node ? this.#node(node, []) : null };
  }

  /** `at`: where the nearest flattens around the node point to. */
  #node(node: WireNode, at: PlanPath): PlanNode {
    switch (node.kind) {
      case 'Fetch':
        return node.requires && node.requires.length > 0 ? this.#entities(node, at) : this.#fetch(node, at);
      case 'BatchFetch':
        return {
          kind: 'entities',
          ...base(node),
          groups: node.entityBatch.aliases.map(({ alias, representationsVariableName, paths, requires, inputRewrites, outputRewrites }) => ({
            alias,
            variable: representationsVariableName,
            paths: paths.map((path) => [...at, ...this.#path(path)]),
            ...this.#shape(requires, inputRewrites, outputRewrites),
          })),
        };
      case 'Flatten':
        return this.#node(node.node, [...at, ...this.#path(node.path)]);
      case 'Sequence': {
        const [first, ...rest] = node.nodes;
        if (first?.kind === 'Subscription') return this.#subscription(first, rest);
        return several('sequence', node.nodes.map((each) => this.#node(each, at)));
      }
      case 'Parallel':
        return several('parallel', node.nodes.map((each) => this.#node(each, at)));
      case 'Condition':
        return {
          kind: 'condition',
          variable: node.condition,
          ifTrue: node.ifClause ? this.#node(node.ifClause, at) : null,
          ifFalse: node.elseClause ? this.#node(node.elseClause, at) : null,
        };
      case 'Subscription':
        return this.#subscription(node, []);
      case 'Defer':
        return this.#defer(node, at);
      default:
        throw unknownPlan(`a node of kind ${String((node as { kind?: unknown }).kind)}`);
    }
  }

  #fetch(node: Omit<WireFetch, 'kind'>, at: PlanPath): FetchNode {
    return {
      kind: 'fetch',
      ...base(node),
      operationKind: node.operationKind ?? 'query',
      ...(at.length > 0 ? { path: at } : {}),
      outputRewrites: (node.outputRewrites ?? []).map((each) => this.#rewrite(each)),
    };
  }

  #entities(node: WireFetch, at: PlanPath): PlanNode {
    const shape = this.#shape(node.requires ?? [], node.inputRewrites, node.outputRewrites);
    return { kind: 'entities', ...base(node), groups: [{ alias: '_entities', variable: 'representations', paths: [at], ...shape }] };
  }

  #shape(
    requires: readonly WireRequirement[],
    inputRewrites: readonly unknown[] | undefined,
    outputRewrites: readonly unknown[] | undefined,
  ): Pick<EntityGroup, 'requires' | 'inputRewrites' | 'outputRewrites'> {
    return {
      requires: requires.map((each) => this.#requirement(each)),
      inputRewrites: (inputRewrites ?? []).map((each) => this.#rewrite(each)),
      outputRewrites: (outputRewrites ?? []).map((each) => this.#rewrite(each)),
    };
  }

  #subscription({ primary, rest }: WireSubscription, siblings: readonly WireNode[]): PlanNode {
    const after = [...(rest ? [rest] : []), ...siblings].map((each) => this.#node(each, []));
    return {
      kind: 'subscription',
      primary: this.#fetch({ operationKind: 'subscription', ...primary }, []),
      rest: after.length > 0 ? several('sequence', after) : null,
    };
  }

  #defer({ primary, deferred }: WireDefer, at: PlanPath): DeferNode {
    return {
      kind: 'defer',
      primary: { subselection: primary.subselection ?? null, node: primary.node ? this.#node(primary.node, at) : null },
      deferred: deferred.map(({ depends, label, queryPath, subselection, node }) => ({
        depends: depends.map(({ id }) => id),
        ...(label == null ? {} : { label }),
        queryPath,
        subselection: subselection ?? null,
        node: node ? this.#node(node, at) : null,
      })),
    };
  }

  #requirement(wire: WireRequirement): Requirement {
    const all = (selections: readonly WireRequirement[]) => selections.map((each) => this.#requirement(each));
    if (wire.kind === 'Field') {
      return {
        kind: 'field',
        name: wire.name,
        ...(wire.alias == null ? {} : { alias: wire.alias }),
        ...(wire.selections && wire.selections.length > 0 ? { selections: all(wire.selections) } : {}),
      };
    }
    if (wire.kind === 'FragmentSpread') throw unknownPlan('a named fragment among the fields that an entity needs');
    const type = wire.typeCondition ?? null;
    const types = type === null ? [] : this.#typesOf(type);
    return {
      kind: 'fragment',
      type,
      ...(types.length > 1 ? { types } : {}),
      ...(wire.includeIf == null ? {} : { includeIf: wire.includeIf }),
      ...(wire.skipIf == null ? {} : { skipIf: wire.skipIf }),
      selections: all(wire.selections),
    };
  }

  #path(steps: readonly unknown[]): PlanPath {
    return this.#dialect.path(steps).map((step) => (typeof step !== 'string' && 'types' in step ? { types: this.#wider(step.types) } : step));
  }

  #rewrite(wire: unknown): Rewrite {
    const rewrite = this.#dialect.rewrite(wire);
    return { ...rewrite, path: rewrite.path.map((step) => ('types' in step ? { types: this.#wider(step.types) } : step)) };
  }

  #wider(types: readonly string[]): readonly string[] {
    return [...new Set(types.flatMap((type) => this.#typesOf(type)))];
  }
}

/** One node needs nothing around it. */
const several = (kind: 'sequence' | 'parallel', nodes: readonly PlanNode[]): PlanNode => (nodes.length === 1 ? nodes[0]! : { kind, nodes });

function base({ serviceName, operation, operationName, variableUsages, id }: Omit<WireFetch, 'kind' | 'requires'>): FetchBase {
  return {
    service: serviceName,
    operation,
    ...(operationName == null ? {} : { operationName }),
    variableUsages: variableUsages ?? [],
    ...(id == null ? {} : { id }),
  };
}
