import type { Clock, Random } from '#kit/clock.ts';
import { startChild, stopChild, type Child, type Command, type End } from './child.ts';
import type { ConfigurationFeed } from './configuration-feed.ts';
import type { Variables } from './variables.ts';

/** What to do when the variables change. */
export interface Following {
  readonly feed: ConfigurationFeed;
  readonly onChange: 'restart' | NodeJS.Signals;
  /** Milliseconds: before it acts, it waits a random part of this, so that a fleet does not act as one. */
  readonly splayMs: number;
  /** Milliseconds between SIGTERM and SIGKILL at a restart. */
  readonly graceMs: number;
}

export interface SupervisionParts {
  readonly command: Command;
  readonly variables: Variables;
  /** The whole environment for these variables. */
  readonly environment: (variables: Variables) => Variables;
  /** Undefined: changes are no affair of this program. */
  readonly following: Following | undefined;
  /** Calls `handler` for each signal that is to be passed on. */
  readonly relaySignals: (handler: (signal: NodeJS.Signals) => void) => void;
  readonly clock: Clock;
  readonly random: Random;
}

/** Who sends one of these wants an end, not a restart. */
const ENDING: ReadonlySet<NodeJS.Signals> = new Set(['SIGTERM', 'SIGINT', 'SIGQUIT']);

/** Runs the command until it ends by itself, by a signal, or cannot be started again. */
export async function supervise(parts: SupervisionParts): Promise<End> {
  const { command, environment, following, clock } = parts;
  let asked = false;
  let child: Child | undefined;
  // Before there is a child: none may get lost.
  parts.relaySignals((signal) => {
    asked ||= ENDING.has(signal);
    child?.signal(signal);
  });
  let known = parts.variables;
  child = startChild(command, environment(known));
  for (;;) {
    const over = new AbortController();
    const changed = following && nextChange(following, known, parts, over.signal);
    const first = await Promise.race([child.end, ...(changed ? [changed] : [])]);
    over.abort();
    if (!following || first !== 'changed') return first as End;
    known = following.feed.latest;
    if (following.onChange !== 'restart') {
      child.signal(following.onChange);
      continue;
    }
    // Asked to end, it is on its way out already, and nobody wants another.
    const end = asked ? await child.end : await stopChild(child, following.graceMs, clock);
    if (asked) return end;
    known = following.feed.latest;
    child = startChild(command, environment(known));
  }
}

/** Resolves when the variables are others, and still are after the splay; never, once the signal has aborted. */
async function nextChange(
  { feed, splayMs }: Following,
  known: Variables,
  { clock, random }: Pick<SupervisionParts, 'clock' | 'random'>,
  signal: AbortSignal,
): Promise<'changed'> {
  try {
    for (;;) {
      await feed.differs(known, signal);
      if (splayMs > 0) await clock.sleep(random() * splayMs, signal);
      if (feed.differsFrom(known)) return 'changed';
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    return new Promise(() => {});
  }
}
