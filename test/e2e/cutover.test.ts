import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DescribeImagesCommand } from '@aws-sdk/client-ec2';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { MOTO_IS_MISSING, startMoto } from '../support/moto.ts';
import { randomFrom } from '../support/random.ts';
import type { CutoverRan } from './cutover-call.ts';
import {
  CutoverStage,
  FROM,
  NAME,
  BALANCER,
  NEW_ADDRESS,
  NEW_SIX,
  OLD_ADDRESS,
  OLD_SIX,
  OLD_TTL,
  TO,
} from './cutover-stage.ts';

/** CI does a part of it; by hand: LANDFALL_KILLS=200. */
const KILLS = Number(process.env['LANDFALL_KILLS'] ?? 3);
const SEED = Number(process.env['LANDFALL_SEED'] ?? 20_261);

const moto = await startMoto();
if (!moto) console.error(MOTO_IS_MISSING);
const stage = moto ? await CutoverStage.open(moto) : undefined;
afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
  await moto?.stop();
});

/** Columns are as wide as what is in them. */
function narrow(text: string): string {
  return text.replaceAll(/ {2,}/g, '  ').trimEnd();
}

interface Told {
  readonly state: string;
  readonly steps: readonly { readonly step: string; readonly state: string; readonly detail: string }[];
  readonly errors: readonly { readonly code: string; readonly message: string }[];
}

const told = ({ out }: CutoverRan): Told => JSON.parse(out) as Told;
const stateOf = (ran: CutoverRan): string => told(ran).state;
const statesOf = (ran: CutoverRan): Readonly<Record<string, string>> =>
  Object.fromEntries(told(ran).steps.map(({ step, state }) => [step, state]));
const writes = ({ calls }: CutoverRan): readonly string[] =>
  calls.filter(({ isWrite }) => isWrite).map(({ words }) => words);

/** In five minutes, as a clock there shows it. */
function soonInDublin(): string {
  const parts = new Intl.DateTimeFormat('sv-SE', {
    timeZone: 'Europe/Dublin',
    dateStyle: 'short',
    timeStyle: 'short',
  });
  const [soon = '', sooner = ''] = [300_000, 240_000].map((ms) => parts.format(Date.now() + ms));
  return soon.endsWith('00:00') ? sooner : soon;
}

describe.skipIf(!stage)('landfall-ops cutover', () => {
  if (!stage) return;
  const copies = async (): Promise<number> => {
    const filter = { Name: 'name', Values: ['payroll-7'] };
    return (await stage.ec2.send(new DescribeImagesCommand({ Filters: [filter] }))).Images?.length ?? 0;
  };
  beforeEach(() => {
    stage.mishap = () => undefined;
    stage.acted = () => {};
    stage.status = 200;
    stage.kept = undefined;
    stage.write({});
  });

  it('moves a service step by step, and back', { timeout: 240_000 }, async () => {
    const sent = join(stage.folder, 'sent');
    const notice = {
      at: '2026-01-15 22:00',
      zone: 'Europe/Dublin',
      command: `printf '%s\\n' "$LANDFALL_CUTOVER_NOTICE" >>${sent}`,
    };
    stage.write({ ...stage.everything, notice });
    expect((await stage.run(['check'])).code).toBe(15);
    notice.at = soonInDublin();
    stage.write({ ...stage.everything, notice });
    const planned = await stage.run(['plan']);
    expect([planned.code, stateOf(planned), writes(planned)]).toEqual([10, 'ready', []]);
    expect(statesOf(planned)).toEqual({
      release: 'ready',
      copies: 'due',
      scans: 'due',
      parameters: 'ready',
      keys: 'ready',
      smoke: 'ready',
      rehearsal: 'due',
      notice: 'due',
      ttl: 'due',
      wait: 'due',
      maintenance: 'due',
      switch: 'due',
      verify: 'due',
      reopen: 'due',
    });
    expect(existsSync(join(stage.folder, '.local'))).toBe(false);
    expect(
      new Set(planned.calls.map(({ service, region }) => (service === 'route53' ? 'route53' : region))),
    ).toEqual(new Set([FROM, TO, 'route53']));

    const copied = await stage.run(['run', '--until', 'copies']);
    expect([copied.code, stateOf(copied), await copies()]).toEqual([0, 'prepared', 1]);
    expect(await stage.record()).toEqual({ addresses: [OLD_ADDRESS], ttl: OLD_TTL });

    const rehearsed = await stage.run(['run', '--until', 'rehearsal']);
    expect([rehearsed.code, stateOf(rehearsed)], rehearsed.err).toEqual([0, 'prepared']);
    expect(rehearsed.err).toContain('rehearsal: payroll-rehearsal from rds-payroll-1');
    expect(await stage.isRestored()).toBe(false);
    const scripts = stage.scripts.splice(0).map((text) => /db\.payroll\.internal/.test(text));
    expect(scripts).toEqual([true, false]);

    const lowered = await stage.run(['run', '--until', 'ttl']);
    expect([lowered.code, stateOf(lowered)], lowered.err).toEqual([0, 'prepared']);
    expect(await stage.record()).toEqual({ addresses: [OLD_ADDRESS], ttl: 1 });
    expect(statesOf(lowered)).toMatchObject({ rehearsal: 'done', notice: 'done', ttl: 'done' });

    // Nobody was told of that time, and the name does not move before the one they were told.
    const early = await stage.run(['run', '--timeout', '20s']);
    expect([early.code, told(early).errors[0]?.message]).toEqual([
      14,
      expect.stringMatching(/users were told 20/),
    ]);
    stage.write(stage.everything);
    const moved = await stage.run(['run']);
    expect([moved.code, stateOf(moved), told(moved).errors], moved.err).toEqual([0, 'moved', []]);
    expect(await stage.record()).toEqual({ addresses: [NEW_ADDRESS], ttl: 1 });
    expect(statesOf(moved)).toMatchObject({
      wait: 'done',
      maintenance: 'done',
      switch: 'done',
      verify: 'done',
      smoke: 'ready',
      reopen: 'done',
    });
    const flagged = moved.calls.flatMap(({ words }) =>
      /SendCommand|route53 POST/.test(words) ? words.slice(0, 12) : [],
    );
    expect(flagged).toEqual(['ssm SendComm', 'route53 POST', 'ssm SendComm']);
    expect(stage.scripts.splice(0).map((text) => /landfall \w+/.exec(text)?.[0])).toEqual([
      'landfall set',
      'landfall unset',
    ]);
    expect(readFileSync(sent, 'utf8').split('\n')).toHaveLength(2);
    expect(readFileSync(sent, 'utf8')).toMatch(/^payroll moves on \w+day, .* Europe\/Dublin \(UTC\+0/);

    const again = await stage.run(['run']);
    expect([again.code, stateOf(again), writes(again)]).toEqual([0, 'nothing-to-do', []]);
    expect((await stage.run(['plan'])).code).toBe(0);

    const back = await stage.run(['run', '--rollback']);
    expect([back.code, stateOf(back)]).toEqual([0, 'rolled-back']);
    expect(await stage.record()).toEqual({ addresses: [OLD_ADDRESS], ttl: OLD_TTL });
    expect(await copies()).toBe(1);
  });

  it('waits one old TTL before the switch, and says until when, rather than run out of time', async () => {
    await stage.setRecord({ addresses: [OLD_ADDRESS], ttl: 3600 });
    const ran = await stage.run(['run', '--timeout', '60s']);
    expect([ran.code, stateOf(ran)]).toEqual([14, 'unfinished']);
    expect(told(ran).errors[0]?.message).toMatch(/the old TTL of 3600s is over at 20\d\d-.+Z/);
    expect(await stage.record()).toEqual({ addresses: [OLD_ADDRESS], ttl: 1 });
    expect(statesOf(await stage.run(['plan']))).toMatchObject({
      ttl: 'done',
      wait: 'waiting',
      switch: 'due',
    });
    const back = await stage.run(['run', '--rollback']);
    expect([back.code, await stage.record()]).toEqual([0, { addresses: [OLD_ADDRESS], ttl: 3600 }]);
    await stage.setRecord({ addresses: [OLD_ADDRESS], ttl: OLD_TTL });
  });

  it('leads the name back when the service is not well after the switch', async () => {
    stage.acted = ({ words }) => {
      if (words.startsWith('route53 POST'))
        void stage
          .record()
          .then(({ addresses }) => (stage.status = addresses[0] === NEW_ADDRESS ? 503 : 200));
    };
    const ran = await stage.run(['run']);
    expect([ran.code, stateOf(ran)]).toEqual([13, 'rolled-back']);
    expect(told(ran).errors[0]).toMatchObject({ code: 'LF_CUTOVER_UNDONE' });
    expect(await stage.record()).toEqual({ addresses: [OLD_ADDRESS], ttl: 1 });
    await stage.setRecord({ addresses: [OLD_ADDRESS], ttl: OLD_TTL });
  });

  it('says all that stands in the way at once, and changes nothing', async () => {
    await stage.release('r2', FROM);
    stage.status = 503;
    stage.write({ parameters: ['/payroll/db', '/payroll/none'], keys: ['alias/none'] });
    for (const verb of ['check', 'run']) {
      const ran = await stage.run([verb]);
      expect([ran.code, writes(ran)], verb).toEqual([15, []]);
      expect(statesOf(ran)).toMatchObject({
        release: 'blocked',
        parameters: 'blocked',
        keys: 'blocked',
        smoke: 'blocked',
      });
      const messages = told(ran)
        .errors.map(({ message }) => message)
        .join('\n');
      expect(messages).toMatch(/us-east-1: it has r1, and eu-west-1 has r2/);
      expect(messages).toMatch(
        /\/payroll\/none: not in us-east-1[^]*alias\/none: not in us-east-1[^]*it answered 503/,
      );
    }
    await stage.release('r1', FROM);
  });

  it('leaves a record alone that is neither as before nor as after', async () => {
    await stage.setRecord({ addresses: ['192.0.2.1'], ttl: 60 });
    const ran = await stage.run(['run']);
    expect([ran.code, writes(ran)]).toEqual([15, []]);
    expect(told(ran).errors[0]?.message).toContain(`${NAME} A: it is 192.0.2.1, neither`);
    expect((await stage.run(['run', '--rollback'])).code).toBe(14);
    expect((await stage.record()).addresses).toEqual(['192.0.2.1']);
    await stage.setRecord({ addresses: [OLD_ADDRESS], ttl: OLD_TTL });
  });

  it('moves both kinds of address together to an alias, and back', async () => {
    await stage.setRecord({ addresses: [OLD_ADDRESS, OLD_SIX], ttl: 1 });
    const to = { alias: BALANCER, zone: 'Z35SXDOTRQ7X7K' };
    stage.write({ dns: stage.dns({ from: [OLD_ADDRESS, OLD_SIX.toUpperCase()], to }) });
    const moved = await stage.run(['run']);
    expect([moved.code, stateOf(moved)], moved.err).toEqual([0, 'moved']);
    expect(await stage.record()).toEqual({ addresses: [NEW_ADDRESS, NEW_SIX], ttl: 0 });
    const back = await stage.run(['run', '--rollback']);
    expect([back.code, stateOf(back)], back.err).toEqual([0, 'rolled-back']);
    expect(await stage.record()).toEqual({ addresses: [OLD_ADDRESS, OLD_SIX], ttl: 1 });
    await stage.remove('AAAA');
    await stage.setRecord({ addresses: [OLD_ADDRESS], ttl: OLD_TTL });
  });

  it('loses nothing that somebody writes between look and change', async () => {
    let isFirst = true;
    stage.mishap = ({ words }) => {
      if (!words.startsWith('route53 POST') || !isFirst) return undefined;
      isFirst = false;
      return 'overtaken';
    };
    const ran = await stage.run(['run', '--until', 'ttl']);
    expect([ran.code, stateOf(ran)]).toEqual([14, 'unfinished']);
    expect((await stage.record()).addresses).toEqual(['192.0.2.1']);
    await stage.setRecord({ addresses: [OLD_ADDRESS], ttl: OLD_TTL });
  });

  it('asks again while Route 53 is at another change', async () => {
    let busy = 2;
    stage.mishap = ({ words }) => (words.startsWith('route53 POST') && busy-- > 0 ? 'busy' : undefined);
    const ran = await stage.run(['run', '--until', 'ttl']);
    expect([ran.code, stateOf(ran), await stage.record()]).toEqual([
      0,
      'prepared',
      { addresses: [OLD_ADDRESS], ttl: 1 },
    ]);
    expect((await stage.run(['run', '--rollback'])).code).toBe(0);
  });

  it('refuses runbooks that say what nobody can do', async () => {
    for (const [change, words] of [
      [{ from: TO }, 'the same region'],
      [{ to: 'us-est-1' }, 'no AWS region'],
      [{ smok: [] }, 'smok means nothing'],
      [{ release: { at: 's3://acme-config/payroll' } }, 'no {region}'],
      [{ dns: { zone: 'Z1', name: NAME, from: [OLD_ADDRESS], to: [NEW_ADDRESS], ttl: 60 } }, 'no duration'],
      [{ dns: { zone: 'Z1', name: NAME, from: [OLD_ADDRESS], to: ['payroll'] } }, 'no value of A'],
      [{ notice: { at: '2026-12-05 00:00', zone: 'Europe/Dublin' } }, 'the night before or after'],
    ] as const) {
      stage.write(change);
      const ran = await stage.run(['plan']);
      expect([ran.code, ran.calls], words).toEqual([2, []]);
      expect(ran.err).toContain(words);
    }
  });

  it(
    'killed with -9 at any instant, on the way there and back, the same command ends it',
    { timeout: 60_000 + KILLS * 30_000 },
    async () => {
      const random = randomFrom(SEED);
      stage.write(stage.everything);
      let kills = 0;
      while (kills < KILLS) {
        for (const args of [['run'], ['run', '--rollback']]) {
          // A write that is lost, or whose answer is, besides.
          let mishaps = random() < 0.5 ? 1 : 0;
          stage.mishap = ({ isWrite }) => {
            if (!isWrite || mishaps-- < 1) return undefined;
            return random() < 0.5 ? 'lost' : 'answer lost';
          };
          let left = random() < 0.5 ? Math.floor(random() * 2) : undefined;
          const afterMs = random() * (left === undefined ? 3_000 : 60);
          let isKilled = false;
          let ran = await stage.run(args, (child) => {
            const kill = (): void =>
              void sleep(afterMs).then(() => (isKilled = child.kill('SIGKILL') || isKilled));
            if (left === undefined) kill();
            stage.acted = ({ isWrite }) => {
              if (left !== undefined && isWrite && left-- === 0) kill();
            };
          });
          for (let more = 5; more > 0 && (ran.code === null || ran.code === 14); more -= 1)
            ran = await stage.run(args);
          if (isKilled) kills += 1;
          const words = JSON.stringify({ args, afterMs, code: ran.code, err: ran.err });
          expect(ran.code, words).toBe(0);
          const isBack = args.includes('--rollback');
          const expected = isBack
            ? { addresses: [OLD_ADDRESS], ttl: OLD_TTL }
            : { addresses: [NEW_ADDRESS], ttl: 1 };
          expect(await stage.record(), words).toEqual(expected);
          expect([await copies(), await stage.isRestored()], words).toEqual([1, false]);
        }
      }
      console.log(`cutover: ${kills} kills`);
    },
  );

  it('docs/migration.md shows what the command prints', async () => {
    stage.write({
      ...stage.everything,
      notice: { at: '2099-12-05 22:00', zone: 'Europe/Dublin', command: ':' },
    });
    const ran = await stage.run(['check'], () => {}, []);
    expect(ran.code).toBe(0);
    const [first = '', second = ''] = stage.resolvers;
    const printed = narrow(
      ran.out
        .replaceAll(first, '192.0.2.53')
        .replaceAll(second, '198.51.100.53')
        .replaceAll(/for \d+s/g, 'for 300s')
        .replace(`${OLD_TTL}s to 1s`, '300s to 60s')
        .replace(`${OLD_TTL}s, once`, '300s, once'),
    );
    const shown = [printed];
    const page = readFileSync('docs/migration.md', 'utf8');
    const examples = [...page.matchAll(/^```\n\$ [^\n]*\n([^`]*)```$/gm)].map(([, text = '']) =>
      narrow(text),
    );
    expect(examples).toEqual(shown);
  });
});
