import type { AwsCalls, CallResult } from '#agent/aws/aws-calls.ts';
import { classifyRefusal } from '#agent/aws/refusal-class.ts';
import { judgeBatch } from '#scripts/sandbox/logs/log-batch.ts';
import type { Random } from '#kit/clock.ts';
import type { FakeClock } from '../../support/fake-clock.ts';
import type { Life } from './life.ts';

/** One event that AWS has. */
export interface Arrival {
  readonly life: number;
  readonly stream: string;
  readonly line: string;
  readonly at: number;
  /** Calls are numbered as they come. */
  readonly call: number;
  /** The answer to its call came: by the monotonic clock, undefined when it was lost. */
  answeredAt: number | undefined;
}

interface Event {
  readonly timestamp: number;
  readonly message: string;
}

/** CloudWatch Logs behind a line that throttles, breaks, and loses answers as the seed has it. */
export class VirtualSink {
  readonly arrivals: Arrival[] = [];
  /** Refused one by one; judged out of range. */
  readonly quarantined = new Set<string>();
  readonly rejected = new Set<string>();
  readonly problems: string[] = [];
  /** Of a hundred calls. */
  trouble: number;
  lostAnswers = 0;
  #calls = 0;
  readonly #taken = new Set<string>();
  readonly #there = new Set<string>();
  readonly #clock: FakeClock;
  readonly #random: Random;
  readonly #epoch: number;

  constructor(clock: FakeClock, random: Random, trouble: number) {
    this.#clock = clock;
    this.#random = random;
    this.trouble = trouble;
    this.#epoch = clock.now() - clock.monotonic();
  }

  /** It is in its final place. */
  has(line: string): boolean {
    return this.#taken.has(line) || this.quarantined.has(line) || this.rejected.has(line);
  }

  seenBy(life: Life): AwsCalls {
    return {
      json: (_service, target, body, { signal }) => {
        const action = target.split('.')[1] ?? '';
        const asked = (Buffer.isBuffer(body) ? JSON.parse(body.toString()) : body) as Readonly<
          Record<string, unknown>
        >;
        return life.bound(Promise.race([this.#call(life, action, asked), aborted(signal)]));
      },
      query: () => Promise.resolve(UNREACHABLE),
    };
  }

  /** Somebody deletes a stream, or a group with all its streams. */
  delete(what: 'group' | 'stream'): void {
    if (what === 'group') this.#there.clear();
    for (const key of this.#there) if (key.includes('\n')) this.#there.delete(key);
  }

  async #call(life: Life, action: string, body: Readonly<Record<string, unknown>>): Promise<CallResult> {
    await this.#clock.sleep(1 + this.#random() * 60);
    const fault =
      this.#random() * 100 < this.trouble ? FAULTS[Math.floor(this.#random() * FAULTS.length)] : undefined;
    if (fault === 'unreachable') return UNREACHABLE;
    if (fault === 'portal') return { kind: 'ok', json: { portal: true }, text: '' };
    if (typeof fault === 'object') return refused(...fault);
    const isLost = fault === 'lost';
    const answer = action === 'PutLogEvents' ? this.#put(life, body, isLost) : this.#create(action, body);
    await this.#clock.sleep(1 + this.#random() * 120);
    if (isLost) return UNREACHABLE;
    for (const arrival of answer.taken) arrival.answeredAt ??= this.#clock.monotonic();
    return answer.result;
  }

  #put(life: Life, body: Readonly<Record<string, unknown>>, isLost: boolean): Answer {
    const group = String(body['logGroupName']);
    const stream = String(body['logStreamName']);
    const events = body['logEvents'] as readonly Event[];
    if (!this.#there.has(`${group}\n${stream}`)) return answered(refused(400, 'ResourceNotFoundException'));
    if (events.some(({ message }) => message.includes('poison'))) {
      if (events.length === 1) this.quarantined.add(events[0]?.message ?? '');
      return answered(refused(400, 'InvalidParameterException'));
    }
    // AWS has the right time, whatever the host believes.
    const verdict = judgeBatch(events, this.#epoch + this.#clock.monotonic(), undefined);
    if (verdict.kind === 'refused') {
      this.problems.push(verdict.problem);
      return answered(refused(400, 'InvalidParameterException'));
    }
    const good = new Set(verdict.events.map(({ message }) => message));
    for (const { message } of events) if (!good.has(message)) this.rejected.add(message);
    if (isLost) this.lostAnswers += 1;
    this.#calls += 1;
    const taken = verdict.events.map(({ timestamp: at, message: line }) => ({
      life: life.number,
      stream: `${group}/${stream}`,
      line,
      at,
      call: this.#calls,
      answeredAt: undefined,
    }));
    this.arrivals.push(...taken);
    for (const { line } of taken) this.#taken.add(line);
    const rejected = verdict.rejected ? { rejectedLogEventsInfo: verdict.rejected } : {};
    return answered({ kind: 'ok', json: { nextSequenceToken: '1', ...rejected }, text: '' }, taken);
  }

  #create(action: string, body: Readonly<Record<string, unknown>>): Answer {
    const group = String(body['logGroupName']);
    if (action === 'CreateLogStream' && !this.#there.has(group))
      return answered(refused(400, 'ResourceNotFoundException'));
    const key = action === 'CreateLogStream' ? `${group}\n${String(body['logStreamName'])}` : group;
    const isCreation = action.startsWith('Create');
    if (isCreation && this.#there.has(key)) return answered(refused(400, 'ResourceAlreadyExistsException'));
    if (isCreation) this.#there.add(key);
    return answered({ kind: 'ok', json: {}, text: '' });
  }
}

interface Answer {
  readonly result: CallResult;
  readonly taken: readonly Arrival[];
}

function answered(result: CallResult, taken: readonly Arrival[] = []): Answer {
  return { result, taken };
}

const UNREACHABLE: CallResult = {
  kind: 'failed',
  fault: {
    code: 'LF_AWS_UNREACHABLE',
    operation: 'ask',
    subject: 'logs',
    cause: 'no answer',
    hint: 'Look at the simulation.',
  },
};

const FAULTS: readonly (readonly [status: number, code: string] | 'unreachable' | 'portal' | 'lost')[] = [
  [400, 'ThrottlingException'],
  [503, 'ServiceUnavailableException'],
  [500, 'InternalFailure'],
  [400, 'ExpiredTokenException'],
  [400, 'OperationAbortedException'],
  'unreachable',
  'portal',
  'lost',
];

function refused(status: number, code: string): CallResult {
  return { kind: 'refused', status, code, message: '', class: classifyRefusal(code, status), json: {} };
}

function aborted(signal: AbortSignal): Promise<CallResult> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(UNREACHABLE);
    else signal.addEventListener('abort', () => resolve(UNREACHABLE), { once: true });
  });
}
