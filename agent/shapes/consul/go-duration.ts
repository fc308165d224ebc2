const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** Milliseconds of a text as Go's `time.ParseDuration` reads it: `60000ms`, `1h2m0.5s`, `0`; undefined for others and below 0. */
export function goDuration(text: string): number | undefined {
  if (text === '0') return 0;
  const part = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/y;
  let total = 0;
  let at = 0;
  while (at < text.length) {
    part.lastIndex = at;
    const [whole, amount, unit = ''] = part.exec(text) ?? [];
    if (whole === undefined) return undefined;
    total += Number(amount) * (UNIT_MS[unit] ?? 0);
    at += whole.length;
  }
  return text === '' ? undefined : total;
}
