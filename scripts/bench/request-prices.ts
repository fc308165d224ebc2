/** US dollars a request to S3 Standard, us-east-1, as of November 2026: $0.0004 for 1,000 GETs and $0.005 for 1,000 PUTs. */
export const DOLLARS = { get: 0.000_000_4, put: 0.000_005 } as const;

const MONTH_SECONDS = 30 * 24 * 3600;

/** Of instances that ask once an interval, nothing changing: dollars a month of 30 days, and requests a second. */
export function pollingCost(instances: number, intervalSeconds: number): { dollars: number; rate: number } {
  const rate = instances / intervalSeconds;
  return { dollars: rate * MONTH_SECONDS * DOLLARS.get, rate };
}
