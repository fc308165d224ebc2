/** What leaving consists of, in this order: hooks still log, and a released address may have been the way to AWS. */
export const STEPS = ['hooks', 'drain', 'claims', 'lifecycle'] as const;
export type Step = (typeof STEPS)[number];

/** Milliseconds kept for a step while those before it run. */
const KEPT_MS: Readonly<Record<Step, number>> = { hooks: 0, drain: 10_000, claims: 5000, lifecycle: 5000 };

/** Milliseconds a step may take however much time is left. */
const MOST_MS: Readonly<Record<Step, number>> = {
  hooks: Infinity,
  drain: 30_000,
  claims: 60_000,
  lifecycle: Infinity,
};

/** Milliseconds of `leftMs` that `step` may take: all but what the later ones need, and never less than half. */
export function timeFor(step: Step, leftMs: number): number {
  const later = STEPS.slice(STEPS.indexOf(step) + 1);
  const keptMs = later.reduce((sum, name) => sum + KEPT_MS[name], 0);
  const share = later.length === 0 ? leftMs : Math.max(leftMs / 2, leftMs - keptMs);
  return Math.max(0, Math.min(share, MOST_MS[step]));
}
