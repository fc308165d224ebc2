import { usage } from '../options.ts';
import type { Adoption } from '../site/adoption.ts';

/** When a rollout is to stop by itself. */
export interface HaltRule {
  /** Of the instances that said what became of the release, above 0 to 100. */
  readonly percent: number;
  /** So many have to have failed at least. */
  readonly least: number;
}

/** Reads `5%`, or `5%:3` for at least three. @throws LandfallError `LF_USAGE`. */
export function readHaltRule(text: string): HaltRule {
  const [, percent = '', least = '1'] = /^(\d+(?:\.\d+)?)%(?::([1-9]\d{0,5}))?$/.exec(text) ?? [];
  const rule = { percent: Number(percent), least: Number(least) };
  if (percent !== '' && rule.percent > 0 && rule.percent <= 100) return rule;
  throw usage(
    `--halt-on ${text}`,
    'it is no share of instances',
    'Write it as 5%, or 5%:3 for three at least.',
  );
}

/** Why the rollout has to stop; undefined while it may go on. */
export function reasonToHalt({ percent, least }: HaltRule, { ok, failed }: Adoption): string | undefined {
  const bad = [...failed.values()].reduce((sum, count) => sum + count, 0);
  if (bad < least || bad * 100 < percent * (ok + bad)) return undefined;
  const codes = [...failed].map(([code, count]) => `${count} ${code}`).join(', ');
  return `${bad} of ${ok + bad} instances failed: ${codes}`;
}
