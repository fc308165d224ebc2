import { describe, expect, it } from 'vitest';
import { watchScreen } from '#agent/cli/status-watch.ts';
import { LandfallError } from '#kit/errors.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { commandLine } from '../support/command-line.ts';

const DOWN = new LandfallError({
  code: 'LF_AGENT_NOT_RUNNING',
  operation: 'ask',
  subject: 'the agent',
  cause: 'nobody answers',
  hint: 'Start it.',
});

/** Draws these one after the other, a second apart, and is stopped. */
async function watched(screens: readonly (string | LandfallError)[], rows = 24): Promise<string> {
  const line = commandLine({}, { columns: 80, rows });
  const clock = new FakeClock();
  let drawn = 0;
  const draw = async (): Promise<string> => {
    const screen = screens[drawn] ?? '';
    drawn += 1;
    if (drawn === screens.length) line.signal('stop');
    if (screen instanceof LandfallError) throw screen;
    return screen;
  };
  const end = watchScreen(draw, line.context, clock);
  while (drawn < screens.length) await clock.advance(1000);
  await end;
  return line.out();
}

describe('landfall status --watch', () => {
  it('draws over what was there, on a screen of its own, and leaves the last one behind', async () => {
    expect(await watched(['ready, up 1s\nkeys 9\n', 'ready, up 2s\n'])).toBe(
      [
        '\u001B[?1049h',
        '\u001B[Hready, up 1s\u001B[K\nkeys 9\u001B[K\u001B[J',
        '\u001B[Hready, up 2s\u001B[K\u001B[J',
        '\u001B[?1049lready, up 2s\n',
      ].join(''),
    );
  });

  it('goes on while the agent restarts', async () => {
    const out = await watched(['ready\n', DOWN, 'ready again\n']);
    expect(out).toContain('nobody answers');
    expect(out.endsWith('\u001B[?1049lready again\n')).toBe(true);
  });

  it('keeps the beginning where not all has room, and leaves all of it behind', async () => {
    expect(await watched(['one\ntwo\nthree\n'], 2)).toBe(
      '\u001B[?1049h\u001B[Hone\u001B[K\ntwo\u001B[K\u001B[J\u001B[?1049lone\ntwo\nthree\n',
    );
  });

  it('is refused where nobody sees a screen', async () => {
    const line = commandLine();
    expect(await line.run('status', '--watch')).toBe(2);
    expect(line.err()).toContain('LF_USAGE');
    expect(line.out()).toBe('');
  });
});
