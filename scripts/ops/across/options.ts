import { Option } from 'commander';
import { parseDuration } from '#kit/duration.ts';
import { usage } from '../console/options.ts';

/** What the commands across regions share on their command lines. */
export interface AcrossFlags {
  readonly stateDir?: string;
  readonly poll: string;
  readonly timeout: string;
}

export const acrossOptions = (timeout: string): readonly Option[] => [
  new Option(
    '--state-dir <dir>',
    'where journals lie (LANDFALL_OPS_STATE_DIR, else ~/.local/state/landfall-ops)',
  ),
  new Option('--poll <duration>', 'how often a state that is pending is read again').default('5s'),
  new Option('--timeout <duration>', 'how long the whole command may take').default(timeout),
];

/** Flags of the commands that can show what they would do. */
export interface PlanFlags {
  readonly plan?: boolean;
  readonly dryRun?: boolean;
}

export function isPlan({ plan, dryRun }: PlanFlags): boolean {
  return plan === true || dryRun === true;
}

/** Milliseconds. @throws LandfallError `LF_USAGE`. */
export function readTimes({ poll, timeout }: Pick<AcrossFlags, 'poll' | 'timeout'>): {
  readonly pollMs: number;
  readonly timeoutMs: number;
} {
  return { pollMs: readDuration('--poll', poll), timeoutMs: readDuration('--timeout', timeout) };
}

// Node's timers end there (2^31 - 1 ms), and a longer one would fire at once.
const LONGEST_MS = 2 ** 31 - 1;

function readDuration(name: string, text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined && ms > 0 && ms <= LONGEST_MS) return ms;
  throw usage(`${name} ${text}`, 'it is no duration', 'Write it as 200ms, 5s, 10m or 1h30m, at most 24d.');
}
