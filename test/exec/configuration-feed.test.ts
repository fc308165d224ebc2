import { describe, expect, it } from 'vitest';
import { followConfiguration, type Snapshot } from '#agent/exec/configuration-feed.ts';
import { FakeClock } from '../support/fake-clock.ts';

type Answer = Snapshot | undefined | Error;

/** An agent that answers when the test says so. */
function staged() {
  const clock = new FakeClock();
  const stop = new AbortController();
  const asked: string[] = [];
  const troubles: unknown[] = [];
  let answer: ((value: Answer) => void) | undefined;
  const next = async (etag: string): Promise<Snapshot | undefined> => {
    asked.push(etag);
    const value = await new Promise<Answer>((resolve) => (answer = resolve));
    if (value instanceof Error) throw value;
    return value;
  };
  const first = { variables: { A: '1' }, etag: 'e1' };
  const onTrouble = (error: unknown): void => void troubles.push(error);
  const feed = followConfiguration(first, { next, clock, random: () => 1, onTrouble }, stop.signal);
  const say = async (value: Answer, thenMs = 250): Promise<void> => {
    answer?.(value);
    await clock.advance(0);
    await clock.advance(thenMs);
  };
  return { clock, stop, asked, troubles, feed, say };
}

describe('the feed', () => {
  it('asks for what differs from its last answer, and wakes who waits when the variables do', async () => {
    const { asked, feed, say } = staged();
    let woken = false;
    void feed.differs({ A: '1' }, new AbortController().signal).then(() => (woken = true));
    await say({ variables: { A: '1' }, etag: 'e2' });
    expect(woken).toBe(false);
    await say({ variables: { A: '2' }, etag: 'e3' });
    expect(woken).toBe(true);
    expect(feed.latest).toEqual({ A: '2' });
    expect(asked).toEqual(['e1', 'e2', 'e3']);
  });

  it('goes on asking when time was up, with a pause: an agent that stops answers at once', async () => {
    const { asked, say } = staged();
    await say(undefined, 249);
    expect(asked).toHaveLength(1);
    await say(undefined, 1);
    expect(asked).toEqual(['e1', 'e1']);
  });

  it('keeps what it has while the agent is away, tells it once, and asks ever less often', async () => {
    const { asked, troubles, feed, say } = staged();
    await say(new Error('gone'), 1000);
    await say(new Error('gone'), 1999);
    expect(asked).toHaveLength(2);
    await say(undefined, 1);
    expect(asked).toHaveLength(3);
    expect(troubles).toHaveLength(1);
    await say({ variables: { A: '2' }, etag: 'e2' });
    await say(new Error('gone again'));
    expect(feed.latest).toEqual({ A: '2' });
    expect(troubles).toHaveLength(2);
  });

  it('ends with its signal, and so does a wait with its own', async () => {
    const { stop, asked, feed, say } = staged();
    const over = new AbortController();
    const waiting = feed.differs(feed.latest, over.signal);
    over.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    stop.abort();
    await say(undefined);
    expect(asked).toHaveLength(1);
  });
});
