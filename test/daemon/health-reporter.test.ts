import { describe, expect, it } from 'vitest';
import { HealthReporter } from '#agent/daemon/configuration/health-reporter.ts';
import type { ReleaseVerdict, WriteBelow } from '#agent/daemon/configuration/release-verdict.ts';
import { ok, type Outcome } from '#kit/outcome.ts';
import { parseHealth } from '../../config-service/release/health.ts';
import { loggerInto } from '../support/configuring.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { payrollFacts } from '../support/layer-generator.ts';
import { failing, retrying } from '../support/memory-store.ts';
import { releaseOf } from '../support/release-fixture.ts';

interface Bench {
  readonly reporter: HealthReporter;
  readonly log: string[];
  /** `name: ok|code` of every PUT. */
  readonly written: string[];
  /** What the next PUTs come to. */
  answer: Outcome<void>;
  readonly say: (release: string, code?: 'LF_PARSE') => void;
  /** One tick later: everything under way is done. */
  readonly flush: () => Promise<void>;
}

function bench(): Bench {
  const log: string[] = [];
  const written: string[] = [];
  const reporter = new HealthReporter(new FakeClock(), loggerInto(log), true);
  const write: WriteBelow = async (name, bytes) => {
    const health = parseHealth(bytes);
    expect(health).toMatchObject({ zone: payrollFacts.zone, relocated: true });
    written.push(`${name}: ${health?.ok === true ? 'ok' : health?.code}`);
    return made.answer;
  };
  const made: Bench = {
    reporter,
    log,
    written,
    answer: ok(undefined),
    say: (release, code) => reporter.note({ ...verdict(release, code), write }),
    flush: async () => {
      reporter.flush();
      await reporter.close();
    },
  };
  return made;
}

function verdict(release: string, code?: 'LF_PARSE'): Omit<ReleaseVerdict, 'write'> {
  const fault = code && failing(code).fault;
  return { release: releaseOf(release, {}), track: 'stable', fault, facts: payrollFacts };
}

const ID = payrollFacts.instanceId;

describe('health reports', () => {
  it('say once what became of a release, however often it is judged', async () => {
    const { say, flush, written } = bench();
    say('r1');
    say('r1');
    await flush();
    await flush();
    say('r1');
    await flush();
    expect(written).toEqual([`health/r1/${ID}.json: ok`]);
  });

  it('say both of a candidate that failed and of the release that took its place', async () => {
    const { say, flush, written } = bench();
    say('r2', 'LF_PARSE');
    say('r1');
    await flush();
    expect(written).toEqual([`health/r2/${ID}.json: LF_PARSE`, `health/r1/${ID}.json: ok`]);
  });

  it('are tried again at the next tick when the way is blocked, and not before', async () => {
    const made = bench();
    made.answer = retrying('LF_SOURCE_UNREACHABLE');
    made.say('r1');
    made.say('r2');
    await made.flush();
    expect(made.written).toHaveLength(1);
    made.answer = ok(undefined);
    await made.flush();
    expect(made.written).toHaveLength(3);
  });

  it('are given up with one warning when they are denied', async () => {
    const made = bench();
    made.answer = retrying('LF_SOURCE_DENIED');
    for (const release of ['r1', 'r2', 'r3']) {
      made.say(release);
      await made.flush();
      await made.flush();
    }
    expect(made.written).toHaveLength(3);
    expect(made.log).toEqual([expect.stringMatching(/health cannot be reported.*LF_SOURCE_DENIED/)]);
  });

  it('pile up no further than four', async () => {
    const made = bench();
    for (let release = 1; release <= 9; release += 1) made.say(`r${release}`);
    await made.flush();
    expect(made.written.map((line) => line.slice(7, 9))).toEqual(['r6', 'r7', 'r8', 'r9']);
  });

  it('are none where nothing can be written', async () => {
    const { reporter, flush, written } = bench();
    reporter.note({ ...verdict('r1'), write: undefined });
    await flush();
    expect(written).toEqual([]);
  });
});
