import { describe, expect, it } from 'vitest';
import type { JsonObject } from '#agent/plan/json.ts';
import { fillNamespace } from '#agent/metrics/base/namespace.ts';
import { readMetricsSettings } from '#agent/metrics/settings/read-metrics-settings.ts';
import { planMap } from '../support/plan-map.ts';
import { FACTS } from './facts.ts';

const read = (settings: JsonObject) =>
  readMetricsSettings({ settings: planMap(settings, { line: 3 }) }, (pattern) => pattern !== '(');

function problemsOf(settings: JsonObject): readonly string[] {
  const outcome = read(settings);
  if (outcome.kind !== 'fail') throw new Error('expected a refusal');
  expect(outcome.fault.code).toBe('LF_PLAN_INVALID');
  expect(outcome.fault.problems?.every(({ file, line }) => file === 'base/plan.yaml' && line === 3)).toBe(
    true,
  );
  return (outcome.fault.problems ?? []).map(({ message }) => message);
}

describe('only', () => {
  it.each<[JsonObject, string[]]>([
    [{ profile: 'cwagent', only: ['mem_used_percent', 'disk_used_percent'] }, ['memory', 'disk']],
    [{ only: ['MemoryUtilization'] }, ['memory']],
    [{ only: ['TCP*', 'Network{Send,Receive}Bytes'] }, ['netstat', 'network']],
    [{ profile: 'classic', only: ['Swap*'] }, ['swap']],
    [{ only: ['CPU*'], collect: ['cpu', 'memory'] }, ['cpu', 'memory']],
    // Those of `processes:` come with no collection.
    [{ only: ['ProcessMemory'], processes: { nginx: '^nginx' } }, []],
  ])('%j is collected for, as far as needed', (settings, collected) => {
    const { value } = read(settings) as unknown as { value: { collect: Set<string> } };
    expect([...value.collect].toSorted()).toEqual(collected.toSorted());
  });

  it.each<[JsonObject, string]>([
    [
      { profile: 'cwagent', only: ['mem_used_precent'] },
      'metrics.only: profile cwagent has no measurement mem_used_precent; did you mean mem_used_percent?',
    ],
    [
      { only: ['mem_*'] },
      'metrics.only: profile default has no measurement mem_*; docs/metrics.md lists them',
    ],
    [
      { only: ['DiskReads'], collect: ['cpu'] },
      'metrics.only: DiskReads comes with diskio, which `collect` does not have',
    ],
  ])('%j is refused', (settings, problem) => {
    expect(problemsOf(settings)).toEqual([problem]);
  });
});

describe('settings of metrics', () => {
  it('have defaults for all but their presence', () => {
    expect(read({})).toMatchObject({
      kind: 'ok',
      value: {
        namespace: { text: 'Landfall' },
        intervalMs: 60_000,
        profile: 'default',
        dimensions: [],
        aggregated: false,
        own: expect.arrayContaining(['landfall_generation']),
        statsd: undefined,
      },
    });
  });

  it('take the example of the contract', () => {
    const settings = {
      namespace: 'Landfall/{environment}',
      interval: '60s',
      collect: ['cpu', 'memory', 'swap', 'disk', 'network', 'load'],
      statsd: '127.0.0.1:8125',
    };
    expect(read(settings)).toMatchObject({
      kind: 'ok',
      value: { statsd: { host: '127.0.0.1', port: 8125, maxSeries: 1000 } },
    });
  });

  it.each([
    ['classic', 'System/Linux'],
    ['cwagent', 'CWAgent'],
  ])('of profile %s write to %s, and nothing of our own', (profile, namespace) => {
    expect(read({ profile })).toMatchObject({ value: { namespace: { text: namespace }, own: [] } });
  });

  it.each<[JsonObject, string]>([
    [{ intervall: '1s' }, 'metrics.intervall: there is no such setting; did you mean interval?'],
    [{ interval: '500ms' }, 'metrics.interval: must be a duration from 1s to 1h'],
    [
      { disk: { device: false } },
      'metrics.disk.device: is a dimension of profile cwagent only, and this one is default',
    ],
    [{ interval: '2h' }, 'metrics.interval: must be a duration from 1s to 1h'],
    [{ collect: ['cpus'] }, 'metrics.collect: did you mean cpu?'],
    [{ profile: 'clasic' }, 'metrics.profile: did you mean classic?'],
    [{ aggregated: 'yes' }, 'metrics.aggregated: must be true, false or only'],
    [
      { statsd: '0.0.0.0:8125' },
      'metrics.statsd: must be a loopback address with a port, such as 127.0.0.1:8125',
    ],
    [
      { statsd: { address: '127.0.0.1:1', maxSerie: 3 } },
      'metrics.statsd.maxSerie: there is no such setting; did you mean maxSeries?',
    ],
    [{ processes: { java: '(' } }, 'metrics.processes.java: must be a regular expression (RE2)'],
    [{ namespace: 'AWS/EC2' }, 'metrics.namespace: a namespace must not start with AWS/ or a colon'],
    [
      { namespace: 'x{regoin}' },
      'metrics.namespace: there is no placeholder {regoin}; did you mean {region}?',
    ],
    [{ namespace: 'x{region' }, 'metrics.namespace: a brace has no partner'],
    [{ disk: { mount: ['/'] } }, 'metrics.disk.mount: there is no such setting; did you mean mounts?'],
    [{ dimensions: ['imageid'] }, 'metrics.dimensions: did you mean imageId?'],
  ])('refuse %j', (settings, message) => {
    expect(problemsOf(settings)).toEqual([message]);
  });

  it('are refused with all problems at once', () => {
    expect(problemsOf({ interval: 1e9, profil: 'x', collect: 7 })).toHaveLength(3);
  });
});

describe('a namespace', () => {
  it('is filled from the facts, what cannot stand in it replaced', () => {
    expect(fillNamespace({ text: 'App/{region}/{account}/{tag:team}' }, FACTS)).toEqual({
      kind: 'filled',
      namespace: 'App/eu-west-1/111122223333/Zahlung _ L_hne',
    });
  });

  it('waits for a tag that is not there', () => {
    expect(fillNamespace({ text: 'A/{tag:none}' }, FACTS)).toEqual({
      kind: 'waiting',
      placeholder: '{tag:none}',
    });
  });

  it('is never one of AWS, whatever a tag says', () => {
    const facts = { ...FACTS, role: 'AWS/EC2' };
    expect(fillNamespace({ text: '{role}' }, facts)).toEqual({ kind: 'filled', namespace: '_EC2' });
  });
});
