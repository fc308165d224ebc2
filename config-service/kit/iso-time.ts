/** ISO 8601 in UTC with milliseconds, as every time is printed: `2026-11-21T03:21:00.000Z`. */
export function isoTime(epochMs: number): string {
  return new Date(epochMs).toISOString();
}

/** ISO 8601 in UTC, the one way times are written in releases: `2026-11-21T03:21:00Z`, fractions allowed. */
export function isIsoTime(text: string): boolean {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/.test(text) && !Number.isNaN(epochMsOf(text));
}

/** Milliseconds since the epoch; NaN for what is no time. */
export function epochMsOf(text: string): number {
  return Date.parse(text);
}
