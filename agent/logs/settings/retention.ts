/** What PutRetentionPolicy takes, in days. */
export const RETENTION_DAYS: readonly number[] = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

const DAY_MS = 86_400_000;

/** Days, or what to write instead: to round would keep logs longer than their owner allows, or shorter than he needs. */
export function readRetention(ms: number): number | string {
  const days = ms / DAY_MS;
  if (RETENTION_DAYS.includes(days)) return days;
  const [nearest = 30] = RETENTION_DAYS.toSorted((a, b) => Math.abs(a - days) - Math.abs(b - days));
  return `CloudWatch Logs keeps events for certain numbers of days only; the nearest is ${nearest}d`;
}
