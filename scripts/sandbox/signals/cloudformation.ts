import type { Service } from '../wire/exchange.ts';
import { invalid, queryService, type QueryOperation } from '../wire/query-service.ts';

const NAMESPACE = 'http://cloudformation.amazonaws.com/doc/2010-05-15/';

export interface StackSignal {
  readonly region: string;
  readonly stack: string;
  readonly resource: string;
  readonly uniqueId: string;
  readonly status: string;
}

/** Stacks as far as instances signal them: resources that wait, and what they were told. */
export class SignalledStacks {
  readonly #waiting = new Set<string>();
  readonly #signals: StackSignal[] = [];

  /** From now on this resource of a stack waits for signals. */
  wait(region: string, stack: string, resource: string): void {
    this.#waiting.add(JSON.stringify([region, stack, resource]));
  }

  /** Accepted ones, oldest first. */
  get signals(): readonly StackSignal[] {
    return this.#signals;
  }

  get operations(): Readonly<Record<string, QueryOperation>> {
    return {
      SignalResource: (asked, region) => {
        const field = (name: string): string => asked.get(name) ?? '';
        const [stack, resource] = [field('StackName'), field('LogicalResourceId')];
        const [uniqueId, status] = [field('UniqueId'), field('Status')];
        if (!this.#waiting.has(JSON.stringify([region, stack, resource]))) {
          return invalid(`Resource ${resource} of stack ${stack} is not in a state that takes signals`);
        }
        if (uniqueId === '' || (status !== 'SUCCESS' && status !== 'FAILURE')) {
          return invalid('1 validation error detected');
        }
        const before = this.#signals.find(
          (signal) => signal.resource === resource && signal.uniqueId === uniqueId,
        );
        if (before && status !== 'FAILURE') {
          return invalid(`Signal with ID ${uniqueId} for resource ${resource} already exists.`);
        }
        this.#signals.push({ region, stack, resource, uniqueId, status });
        return { kind: 'ok', result: '' };
      },
    };
  }
}

/** CloudFormation, query protocol: SignalResource. */
export function cloudFormationService(stacks: SignalledStacks): Service {
  return queryService('cloudformation', NAMESPACE, stacks.operations);
}
