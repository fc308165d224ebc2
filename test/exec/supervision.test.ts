import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { exitCodeOfEnd, type Command, type End } from '#agent/exec/child.ts';
import type { ConfigurationFeed } from '#agent/exec/configuration-feed.ts';
import { supervise, type Following } from '#agent/exec/supervision.ts';
import { sameVariables, type Variables } from '#agent/exec/variables.ts';
import { FakeClock } from '../support/fake-clock.ts';

let base: string;
beforeEach(() => (base = mkdtempSync(join(tmpdir(), 'landfall-exec-'))));
/** Of every run: a test that fails must not leave its program behind. */
let relays: ((signal: NodeJS.Signals) => void)[] = [];
afterEach(() => {
  for (const relay of relays) relay('SIGKILL');
  relays = [];
  rmSync(base, { recursive: true, force: true });
});

/** Says its variables in a file, a line a start, and waits; what a test traps goes there, too. */
const shell = (script: string): Command => ['/bin/sh', '-c', script];
const SAY = 'echo start $N >> $OUT;';
const WAIT = 'while :; do sleep 0.02; done';

function feedOf(first: Variables): ConfigurationFeed & { latest: Variables; change(next: Variables): void } {
  const looks = new Set<() => void>();
  const feed = {
    latest: first,
    differsFrom: (known: Variables) => !sameVariables(feed.latest, known),
    differs: (known: Variables, signal: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        const look = (): void => void (feed.differsFrom(known) && resolve());
        signal.addEventListener('abort', () => reject(signal.reason as Error));
        looks.add(look);
        look();
      }),
    change(next: Variables) {
      feed.latest = next;
      for (const look of looks) look();
    },
  };
  return feed;
}

const GRACE_MS = 60_000;

function run(command: Command, { onChange, splayMs = 0 }: Partial<Following> = {}) {
  const feed = feedOf({ N: '1' });
  const clock = new FakeClock();
  const out = join(base, 'out');
  let relay: ((signal: NodeJS.Signals) => void) | undefined;
  const end: Promise<End> = supervise({
    command,
    variables: feed.latest,
    environment: (variables) => ({ PATH: '/usr/bin:/bin', OUT: out, ...variables }),
    following: onChange && { feed, onChange, splayMs, graceMs: GRACE_MS },
    relaySignals: (handler) => {
      relay = handler;
      relays.push(handler);
    },
    clock,
    random: () => 0.5,
  });
  const said = (): string => {
    try {
      return readFileSync(out, 'utf8');
    } catch {
      return '';
    }
  };
  const says = (text: string): Promise<unknown> =>
    vi.waitUntil(() => said().includes(text), { timeout: 10_000, interval: 5 });
  return { feed, clock, end, said, says, signal: (name: NodeJS.Signals) => relay?.(name) };
}

describe('a program that is run', () => {
  it('ends us with its code, or with 128 and its signal', async () => {
    expect(await run(shell('exit 7')).end).toEqual({ kind: 'exited', code: 7 });
    const killed = await run(shell('kill -KILL $$')).end;
    expect(killed).toEqual({ kind: 'killed', signal: 'SIGKILL' });
    expect(killed.kind === 'killed' && exitCodeOfEnd(killed)).toBe(137);
  });

  it('gets every signal that is passed on', async () => {
    const { end, says, signal } = run(
      shell(`trap 'echo usr1 >> $OUT' USR1; trap 'exit 5' TERM; ${SAY} ${WAIT}`),
    );
    await says('start 1');
    signal('SIGUSR1');
    await says('usr1');
    signal('SIGTERM');
    expect(await end).toEqual({ kind: 'exited', code: 5 });
  });

  it('that is not there is no end but an errno; nor is one that is too large to start', async () => {
    expect(await run(['/none']).end).toEqual({ kind: 'unstarted', errno: 'ENOENT' });
    expect(await run(['/bin/true', 'x'.repeat(200_000)]).end).toEqual({ kind: 'unstarted', errno: 'E2BIG' });
  });
});

describe('when the configuration changes', () => {
  it('the program is restarted with the new environment, and its end at last is ours', async () => {
    const { feed, end, says } = run(shell(`${SAY} [ $N = 2 ] && exit 3; ${WAIT}`), { onChange: 'restart' });
    await says('start 1');
    feed.change({ N: '2' });
    expect(await end).toEqual({ kind: 'exited', code: 3 });
    await says('start 2');
  });

  it('one that ignores SIGTERM is killed after the grace', async () => {
    const script = `trap 'echo term >> $OUT' TERM; ${SAY} [ $N = 2 ] && exit 0; ${WAIT}`;
    const { feed, clock, end, says, said } = run(shell(script), { onChange: 'restart' });
    await says('start 1');
    feed.change({ N: '2' });
    await says('term');
    await clock.advance(GRACE_MS - 1);
    expect(said()).not.toContain('start 2');
    await clock.advance(1);
    expect(await end).toEqual({ kind: 'exited', code: 0 });
  });

  it('a signal is sent instead, once for each change, and the environment stays', async () => {
    const script = `trap 'echo hup $N >> $OUT' HUP; trap 'exit 0' TERM; ${SAY} ${WAIT}`;
    const { feed, end, says, said, signal } = run(shell(script), { onChange: 'SIGHUP' });
    await says('start 1');
    feed.change({ N: '2' });
    await says('hup 1');
    feed.change({ N: '2' });
    signal('SIGTERM');
    await end;
    expect(said()).toBe('start 1\nhup 1\n');
  });

  it('it waits a random part of the splay, and a change that went back is none', async () => {
    const script = `trap 'echo alive >> $OUT' USR1; ${SAY} [ $N = 3 ] && exit 0; ${WAIT}`;
    const { feed, clock, end, says, said, signal } = run(shell(script), {
      onChange: 'restart',
      splayMs: 1000,
    });
    await says('start 1');
    feed.change({ N: '2' });
    await clock.advance(0);
    feed.change({ N: '1' });
    await clock.advance(500);
    signal('SIGUSR1');
    await says('alive');
    feed.change({ N: '2' });
    await clock.advance(0);
    await clock.advance(499);
    feed.change({ N: '3' });
    expect(said()).toBe('start 1\nalive\n');
    await clock.advance(1);
    expect(await end).toEqual({ kind: 'exited', code: 0 });
    expect(said()).toBe('start 1\nalive\nstart 3\n');
  });

  it('nobody who asked for an end gets a new start', async () => {
    const script = `trap 'echo term >> $OUT' TERM; trap 'exit 9' INT; ${SAY} ${WAIT}`;
    const { feed, end, says, said, signal } = run(shell(script), { onChange: 'restart' });
    await says('start 1');
    feed.change({ N: '2' });
    await says('term');
    signal('SIGINT');
    expect(await end).toEqual({ kind: 'exited', code: 9 });
    expect(said()).not.toContain('start 2');
  });

  it('nothing happens unless that was asked for', async () => {
    const { feed, end, says, said, signal } = run(shell(`${SAY} ${WAIT}`));
    await says('start 1');
    feed.change({ N: '2' });
    signal('SIGTERM');
    expect(await end).toEqual({ kind: 'killed', signal: 'SIGTERM' });
    expect(said()).toBe('start 1\n');
  });
});
