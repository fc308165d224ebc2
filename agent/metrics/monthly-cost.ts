/**
 * "First 10,000 metrics: $0.30 per metric per month" (CloudWatch pricing, most regions in 2026). Larger accounts pay less for
 * what is above, some regions ask more, and requests ($0.01 per 1,000) come on top.
 */
export const DOLLARS_PER_SERIES = 0.3;

/** US dollars for a month of so many series. */
export function monthlyCost(series: number): number {
  return Math.round(series * DOLLARS_PER_SERIES * 100) / 100;
}
