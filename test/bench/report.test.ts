import { expect, test } from 'vitest';
import { printJsonLine, printTable, type ReportLine } from '#scripts/bench/report.ts';

const LINES: readonly ReportLine[] = [
  {
    row: 'boot',
    finding: { what: 'ratio', value: 16.94, unit: 'x', bar: { atLeast: 15 }, detail: 'medians of 9' },
  },
  {
    row: 'http',
    finding: { what: 'all it can', value: 31_415.9, unit: 'req/s', bar: { atLeast: 25_000 }, detail: '' },
  },
  {
    row: 'http',
    finding: { what: 'p99', value: 2.345, unit: 'ms', bar: { atMost: 2 }, detail: 'p50 0.20 ms' },
  },
  { row: 'tree', finding: { what: 'ratio', skipped: 'moto_server is missing' } },
];

test('the table aligns its columns and rounds for people', () => {
  expect(printTable(LINES)).toBe(
    [
      'row   figure      measured      bar              verdict  detail',
      'boot  ratio       16.9x         >= 15x           pass     medians of 9',
      'http  all it can  31,416 req/s  >= 25,000 req/s  pass',
      'http  p99         2.35 ms       <= 2 ms          MISS     p50 0.20 ms',
      'tree  ratio       -             -                skipped  moto_server is missing',
      '',
    ].join('\n'),
  );
});

test('a JSON line keeps the value as it was measured', () => {
  expect(LINES.map((line) => JSON.parse(printJsonLine(line)) as unknown)).toEqual([
    {
      row: 'boot',
      what: 'ratio',
      value: 16.94,
      unit: 'x',
      bar: { atLeast: 15 },
      verdict: 'pass',
      detail: 'medians of 9',
    },
    {
      row: 'http',
      what: 'all it can',
      value: 31_415.9,
      unit: 'req/s',
      bar: { atLeast: 25_000 },
      verdict: 'pass',
      detail: '',
    },
    {
      row: 'http',
      what: 'p99',
      value: 2.345,
      unit: 'ms',
      bar: { atMost: 2 },
      verdict: 'MISS',
      detail: 'p50 0.20 ms',
    },
    { row: 'tree', what: 'ratio', verdict: 'skipped', detail: 'moto_server is missing' },
  ]);
});
