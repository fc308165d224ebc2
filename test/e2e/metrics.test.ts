import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Citizen } from './citizen.ts';
import { Payroll } from './payroll.ts';

const PROMTOOL = 'promtool';
const promtool = spawnSync(PROMTOOL, ['--version']).status === 0;
if (!promtool)
  console.warn(
    '\n*** promtool is missing: metrics are checked by our own rules only; apt-get install prometheus ***\n',
  );

let payroll: Payroll;
let citizen: Citizen;

beforeAll(async () => {
  payroll = await Payroll.open();
  citizen = await payroll.run();
  payroll.sandbox.faults.add({ service: 's3', effect: 'throttle', times: 2 });
  await citizen.fails('LF_SOURCE_THROTTLED');
  payroll.put('base/app.properties', 'db.host=${nobody}\n');
  await citizen.fails('LF_REFERENCE_UNKNOWN');
});
afterAll(() => payroll[Symbol.asyncDispose]());

const OPENMETRICS = { accept: 'application/openmetrics-text; version=1.0.0' };

/** `name{label="value",...} number`, nothing else: no timestamp, no exemplar. */
const SAMPLE =
  /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\[\\"n])*",?)+)\})? (-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/;

interface Family {
  readonly type: string;
  readonly help: string;
  readonly samples: readonly string[];
}

/** Reads an exposition as strictly as the formats allow: HELP, TYPE, then samples, families never torn apart. */
function familiesOf(text: string): ReadonlyMap<string, Family> {
  expect(text.endsWith('\n# EOF\n')).toBe(true);
  const families = new Map<string, { type: string; help: string; samples: string[] }>();
  let family = { name: '', type: '', samples: [] as string[] };
  const seen = new Set<string>();
  for (const line of text.slice(0, -'# EOF\n'.length).trimEnd().split('\n')) {
    const help = /^# HELP (\S+) (.+)$/.exec(line);
    const type = /^# TYPE (\S+) (gauge|counter|info)$/.exec(line);
    if (help?.[1] !== undefined) {
      expect(families.has(help[1]), `${help[1]} is declared once`).toBe(false);
      family = { name: help[1], type: '', samples: [] };
    } else if (type) {
      expect([type[1], family.type], line).toEqual([family.name, '']);
      family.type = type[2] ?? '';
      families.set(family.name, { ...family, help: 'given' });
    } else {
      const sample = SAMPLE.exec(line);
      expect(sample, `is a sample: ${line}`).not.toBeNull();
      expect(sample?.[1]?.startsWith(family.name), `${line} belongs to ${family.name}`).toBe(true);
      const series = line.slice(0, line.lastIndexOf(' '));
      expect(seen.has(series), `${series} stands once`).toBe(false);
      seen.add(series);
      families.get(family.name)?.samples.push(line);
    }
  }
  for (const [name, { samples }] of families) expect(samples.length, name).toBeGreaterThan(0);
  return families;
}

describe('GET /metrics', () => {
  it('is the text format to a plain reader, every line in order', async () => {
    const answer = await citizen.askTcp('/metrics');
    expect(answer.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    const families = familiesOf(answer.text);
    for (const [name, { type }] of families) expect(name.endsWith('_total'), name).toBe(type === 'counter');
    expect(families.get('landfall_ready')?.samples).toEqual(['landfall_ready 1']);
  });

  it('is OpenMetrics to a scraper that asks for it', async () => {
    const answer = await citizen.askTcp('/metrics', { headers: OPENMETRICS });
    expect(answer.headers['content-type']).toMatch(/^application\/openmetrics-text; version=1\.0\.0/);
    const families = familiesOf(answer.text);
    for (const [name, { type, samples }] of families) {
      expect(name.endsWith('_total'), name).toBe(false);
      const suffix = { counter: '_total', info: '_info', gauge: '' }[type] ?? '?';
      for (const sample of samples) expect(sample.split(/[{ ]/)[0]).toBe(name + suffix);
    }
  });

  it('counts failed checks and refusals by code', async () => {
    const { text } = await citizen.askTcp('/metrics');
    expect(text).toMatch(/^landfall_check_failures_total\{code="LF_SOURCE_THROTTLED"\} [12]$/m);
    expect(text).toMatch(/^landfall_refusals_total\{code="LF_REFERENCE_UNKNOWN"\} 1$/m);
    expect(text).toMatch(/^landfall_config_stale 1$/m);
    expect(text).toMatch(/^landfall_generation 1$/m);
  });

  it('names no configuration value', async () => {
    const { text } = await citizen.askTcp('/metrics');
    expect(text).not.toMatch(/c9akciq32abc|jdbc/);
  });

  it.runIf(promtool)('passes promtool check metrics', async () => {
    const { text: input } = await citizen.askTcp('/metrics');
    const check = spawnSync(PROMTOOL, ['check', 'metrics'], { input, encoding: 'utf8' });
    expect([check.status, check.stdout, check.stderr]).toEqual([0, '', '']);
  });
});
