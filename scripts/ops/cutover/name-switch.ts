import type { Route53Client } from '@aws-sdk/client-route-53';
import type { Fault } from '#kit/errors.ts';
import { passes } from '../across/answer.ts';
import type { Patience } from '../across/patience.ts';
import { askResolvers } from '../across/resolvers.ts';
import { changeRecords, isAsWanted, readRecords } from './dns-record.ts';
import { readingOf, type NameAnswer, type NameReading } from './name-steps.ts';
import { targetText, type RunbookName, type Side } from './runbook-name.ts';
import type { StepName } from './step.ts';

/** Reads the name of a runbook where it is kept and where it is asked for, and changes it. */
export interface NameSwitch {
  read(): Promise<NameReading>;
  /** Undefined once it is seen to be there, else why not. @param ttl seconds. */
  bring(step: StepName, side: Side, ttl: number): Promise<Fault | undefined>;
  /** Asks the resolvers; of a CNAME for what it leads to. */
  answers(side: Side): Promise<readonly NameAnswer[]>;
}

export interface NameSwitchParts {
  readonly dns: RunbookName;
  readonly route53: Route53Client;
  readonly patience: Patience;
  readonly say: (line: string) => void;
}

/** Asked so often and contradicted each time, it is no reading that is late. */
const MOST_CONTRADICTIONS = 6;
/** Route 53 says that a record, or the zone, is not as it was just read. */
const CONTRADICTIONS: ReadonlySet<string> = new Set(['InvalidChangeBatch', 'PriorRequestNotComplete']);

export function createNameSwitch({ dns, route53, patience, say }: NameSwitchParts): NameSwitch {
  const read = async (): Promise<NameReading> => {
    const answer = await readRecords(route53, dns, patience);
    return answer.kind === 'ok' ? readingOf(answer.value, dns) : { kind: 'unread', fault: answer.fault };
  };
  return {
    read,
    // Looks, asks, and looks again: an answer is never believed, for a lost one may have taken effect.
    bring: async (step, side, ttl) => {
      const types = dns.records.map(({ type }) => type).join(' and ');
      say(`${step}: ${dns.name} ${types} ${targetText(dns, side)}, TTL ${ttl}s`);
      let contradictions = 0;
      let refused: Fault | undefined;
      for (;;) {
        const reading = await read();
        if (reading.kind !== 'records') return faultOf(reading, dns);
        const wanted = dns.records.flatMap(({ type, [side]: target }) =>
          reading.records.filter((was) => was.type === type).map((was) => ({ was, target, ttl })),
        );
        if (wanted.every(isAsWanted)) return undefined;
        if (refused) return refused;
        const answer = await changeRecords(route53, dns, wanted);
        if (answer.kind === 'refused' && !passes(answer)) {
          if (CONTRADICTIONS.has(answer.code)) contradictions += 1;
          // Whether it took effect all the same shows in the next look.
          if (!CONTRADICTIONS.has(answer.code) || contradictions > MOST_CONTRADICTIONS)
            refused = answer.fault;
        }
        const now = answer.kind === 'ok' ? patience.state() : await patience.sleep(patience.pollMs);
        if (now !== 'on' && answer.kind !== 'ok') return unseen(step, dns);
      }
    },
    answers: async (side) => {
      const all = await Promise.all(
        dns.records.map(async ({ type, [side]: { values, alias } }): Promise<readonly NameAnswer[]> => {
          const ask = (name: string) => askResolvers(name, dns.resolvers, patience.signal, type);
          const said = await ask(dns.name);
          const led = alias ? await ask(values.join('')) : [];
          return said.map((one, at) => {
            return { type, said: one, expected: led[at]?.addresses ?? values, isAlias: alias !== undefined };
          });
        }),
      );
      return all.flat();
    },
  };
}

export function faultOf(reading: Exclude<NameReading, { kind: 'records' }>, dns: RunbookName): Fault {
  if (reading.kind === 'unread') return reading.fault;
  return reading.reading.fault ?? unseen('ttl', dns);
}

function unseen(step: StepName, { name }: RunbookName): Fault {
  return {
    code: 'LF_CUTOVER_UNFINISHED',
    operation: step,
    subject: name,
    cause: `${step} was not seen to be done`,
    hint: 'Run the same command again, and it carries on; --rollback leads back.',
  };
}
