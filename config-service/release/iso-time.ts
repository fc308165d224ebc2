/** ISO 8601 in UTC, the one way times are written in releases: `2026-11-21T03:21:00Z`, fractions allowed. */
export function isIsoTime(text: string): boolean {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/.test(text) && !Number.isNaN(epochMsOf(text));
}

/** Milliseconds since the epoch; NaN for what is no time. */
export function epochMsOf(text: string): number {
  // oxlint-disable-next-line no-restricted-globals -- reads a text, not a clock: with "Z" it has one meaning everywhere
  return Date.parse(text);
}
