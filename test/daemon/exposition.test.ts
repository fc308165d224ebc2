import { describe, expect, it } from 'vitest';
import { printFamilies } from '#agent/daemon/reporting/exposition.ts';
import { UNCHECKED } from '#agent/daemon/configuration/check-state.ts';
import { NOTHING_SIGHTED } from '#agent/daemon/configuration/guard-tally.ts';
import { ownFamilies } from '#agent/daemon/reporting/own-metrics.ts';
import type { Family } from '#kit/metric-family.ts';
import { generationOf } from '../support/generations.ts';

const FAMILIES: readonly Family[] = [
  { name: 'x_build', type: 'info', help: 'The build.', samples: [{ labels: { version: '1' }, value: 1 }] },
  { name: 'x_up', type: 'gauge', help: 'Up.', samples: [{ value: 1 }] },
  {
    name: 'x_checks',
    type: 'counter',
    help: 'Checks.',
    samples: [
      { labels: { code: 'A' }, value: 2 },
      { labels: { code: 'B' }, value: 3 },
    ],
  },
];

// The two formats side by side: OpenMetrics 1.0 against Prometheus text 0.0.4.
it('OpenMetrics declares a counter without _total and knows info', () => {
  expect(printFamilies(FAMILIES, 'openmetrics')).toBe(
    [
      '# HELP x_build The build.',
      '# TYPE x_build info',
      'x_build_info{version="1"} 1',
      '# HELP x_up Up.',
      '# TYPE x_up gauge',
      'x_up 1',
      '# HELP x_checks Checks.',
      '# TYPE x_checks counter',
      'x_checks_total{code="A"} 2',
      'x_checks_total{code="B"} 3',
      '# EOF',
      '',
    ].join('\n'),
  );
});

it('the text format declares it with _total, and info as a gauge', () => {
  expect(printFamilies(FAMILIES, 'text')).toBe(
    [
      '# HELP x_build_info The build.',
      '# TYPE x_build_info gauge',
      'x_build_info{version="1"} 1',
      '# HELP x_up Up.',
      '# TYPE x_up gauge',
      'x_up 1',
      '# HELP x_checks_total Checks.',
      '# TYPE x_checks_total counter',
      'x_checks_total{code="A"} 2',
      'x_checks_total{code="B"} 3',
      '# EOF',
      '',
    ].join('\n'),
  );
});

it('label values are escaped: backslash, quote, line feed', () => {
  const sample = { labels: { path: 'a\\b"c\nd' }, value: 0 };
  const text = printFamilies([{ name: 'x', type: 'gauge', help: 'X.', samples: [sample] }], 'text');
  expect(text).toContain(String.raw`x{path="a\\b\"c\nd"} 0`);
});

it('a family without a sample is not declared', () => {
  expect(printFamilies([{ name: 'x', type: 'gauge', help: 'X.', samples: [] }], 'text')).toBe('# EOF\n');
});

describe('what the agent says of itself', () => {
  const quiet = {
    version: '1.2.3',
    region: 'eu-west-1',
    now: 10_000,
    generation: undefined,
    check: UNCHECKED,
    refusals: new Map<string, number>(),
    guardMode: 'enforce' as const,
    sighted: NOTHING_SIGHTED,
    addresses: undefined,
    relocations: 0,
    overrides: 0,
    residentBytes: 1024,
    heldBytes: { parsed: 300 },
  };

  it('before the first generation has no generation, and no age', () => {
    const text = printFamilies(ownFamilies(quiet), 'text');
    expect(text).toContain('\nlandfall_ready 0\n');
    expect(text).toContain('\nlandfall_config_stale 1\n');
    expect(text).not.toMatch(/^landfall_(generation|properties|config_check_age_seconds) /m);
  });

  it('afterwards has ages in seconds and failures by code', () => {
    const check = {
      ...UNCHECKED,
      stale: false,
      checkedAt: 4000,
      succeeded: 7,
      failed: new Map([['LF_X', 2]]),
    };
    const generation = generationOf(3, { a: '1', b: '2' });
    const refusals = new Map([['LF_SHRUNK', 1]]);
    const text = printFamilies(ownFamilies({ ...quiet, check, generation, refusals }), 'text');
    for (const line of [
      'landfall_ready 1',
      'landfall_held_bytes{what="parsed"} 300',
      'landfall_generation 3',
      'landfall_properties 2',
      'landfall_config_activated_timestamp_seconds 3',
      'landfall_config_check_age_seconds 6',
      'landfall_checks_total 7',
      'landfall_check_failures_total{code="LF_X"} 2',
      'landfall_refusals_total{code="LF_SHRUNK"} 1',
    ]) {
      expect(text.split('\n')).toContain(line);
    }
  });

  it('has a help and a name of its own for every family', () => {
    const families = ownFamilies(quiet);
    expect(new Set(families.map(({ name }) => name)).size).toBe(families.length);
    for (const { name, help } of families) {
      expect(name).toMatch(/^landfall_[a-z_]+$/);
      expect(help).toMatch(/^[A-Z0-9].*\.$/);
    }
  });
});
