import type { Verdict } from './tally.ts';

/** What became of one peer in one scenario. */
export interface Result {
  readonly peer: string;
  readonly scenario: string;
  readonly seconds: number;
  readonly outcome: Verdict | { readonly failed: string };
}

/** Ranges that a line of JSON shows; there may be a hundred thousand. */
const MOST_RANGES = 10;

export function printJsonLine({ peer, scenario, seconds, outcome }: Result): string {
  if ('failed' in outcome) return JSON.stringify({ peer, scenario, seconds, failed: outcome.failed });
  const { lostRanges, ...verdict } = outcome;
  return JSON.stringify({
    peer,
    scenario,
    seconds,
    ...verdict,
    lostRanges: lostRanges.slice(0, MOST_RANGES),
  });
}

/** A row a scenario, a column a peer; what was lost, came twice and so on, or `ok` for nothing of it. */
export function printTable(results: readonly Result[]): string {
  const peers = [...new Set(results.map(({ peer }) => peer))];
  const scenarios = [...new Set(results.map(({ scenario }) => scenario))];
  const rows = scenarios.map((scenario) => {
    const ofScenario = results.filter((result) => result.scenario === scenario);
    const written = ofScenario.map(({ outcome }) => ('failed' in outcome ? 0 : outcome.written));
    return [
      scenario,
      Math.max(...written).toLocaleString('en-GB'),
      ...peers.map((peer) => cellOf(ofScenario.find((result) => result.peer === peer)?.outcome)),
    ];
  });
  return asMarkdown([['scenario', 'lines', ...peers], ...rows]);
}

function cellOf(outcome: Result['outcome'] | undefined): string {
  if (!outcome) return '-';
  if ('failed' in outcome) return 'failed';
  const { lost, twice, late, overtaken, torn } = outcome;
  const parts = Object.entries({ lost, twice, late, overtaken, torn })
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${count.toLocaleString('en-GB')} ${name}`);
  return parts.length === 0 ? 'ok' : parts.join(', ');
}

function asMarkdown(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map(
    (row) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |\n`,
  );
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |\n`;
  return [lines[0], rule, ...lines.slice(1)].join('');
}
