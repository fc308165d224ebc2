import { describe, expect, it } from 'vitest';
import { guardDocument, guardFamilies } from '#agent/daemon/configuration/guard-tally.ts';
import { printFamilies } from '#agent/daemon/reporting/exposition.ts';
import { configuratorBench } from '../support/configuring.ts';

const VALUES = 'db.host=52.94.133.131\nartifacts=acme-us-east-1\nlogs=acme-logs-us-east-1\na=1\n';

async function served(policy = {}) {
  const bench = configuratorBench({ policy });
  bench.store.put('p/base/app.properties', VALUES);
  const outcome = await bench.check();
  return { bench, outcome, sighted: bench.configurator.sighted };
}

const codeOf = (outcome: Awaited<ReturnType<typeof served>>['outcome']) =>
  outcome.kind === 'ok' ? 'ok' : outcome.fault.code;

const addresses = (region: string) => ({ addresses: () => () => region });

describe('what the guard lets pass', () => {
  it('is counted by kind and named by key, never by its text', async () => {
    const { sighted, bench } = await served();
    const guard = { guard: 'enforce', strictness: { unknown: 'warn', hints: 'show' } } as const;
    const status = guardDocument(guard, sighted, undefined);
    expect(status).toMatchObject({
      mode: 'enforce',
      findings: 0,
      unknown: {
        setting: 'warn',
        count: 1,
        places: [{ key: 'db.host', region: 'unknown', kind: 'region-unknown:public-address', line: 1 }],
      },
      hints: {
        setting: 'show',
        count: 2,
        places: [{ key: 'artifacts', region: 'us-east-1' }, { key: 'logs' }],
      },
    });
    expect(JSON.stringify(status)).not.toMatch(/52\.94|acme/);
    expect(bench.log.join('\n')).toContain('nothing says to which region a value leads {"key":"db.host"');
    expect(bench.log.join('\n')).not.toMatch(/52\.94|acme/);
    const text = printFamilies(
      guardFamilies({ guardMode: 'enforce', sighted, addresses: undefined }),
      'text',
    );
    for (const line of [
      'landfall_guard_mode{mode="enforce"} 1',
      'landfall_guard_unknown{kind="region-unknown:public-address"} 1',
      'landfall_guard_hints{kind="hint:bucket-name"} 2',
    ]) {
      expect(text.split('\n')).toContain(line);
    }
  });

  it('is refused where the settings say so, each by its own code', async () => {
    const unknown = await served({ strictness: { unknown: 'refuse', hints: 'show' } });
    expect(codeOf(unknown.outcome)).toBe('LF_REGION_UNKNOWN');
    const hints = await served({ strictness: { unknown: 'warn', hints: 'refuse' } });
    expect(codeOf(hints.outcome)).toBe('LF_REGION_HINT');
    expect(hints.outcome).toMatchObject({
      fault: { problems: [{ file: 'base/app.properties', line: 2 }, { line: 3 }] },
    });
  });

  it('is refused where a plan says so, unless the guard only warns; off does not look', async () => {
    const strict = 'guard: { unknown: refuse, hints: refuse }\n';
    const check = async (guard: 'enforce' | 'warn' | 'off') => {
      const bench = configuratorBench({ policy: { guard } });
      bench.store.put('p/base/app.properties', VALUES).put('p/base/plan.yaml', strict);
      const { sighted } = bench.configurator;
      const code = codeOf(await bench.check());
      const { unknown, hints } = code === 'ok' ? bench.configurator.sighted : sighted;
      return [code, unknown.count, hints.count];
    };
    expect(await check('enforce')).toEqual(['LF_REGION_UNKNOWN', 0, 0]);
    expect(await check('warn')).toEqual(['ok', 1, 2]);
    expect(await check('off')).toEqual(['ok', 0, 0]);
  });

  it('is foreign or at home where a table knows the address', async () => {
    expect(codeOf((await served(addresses('us-east-1'))).outcome)).toBe('LF_REGION_FOREIGN');
    const home = await served(addresses('eu-west-1'));
    expect([codeOf(home.outcome), home.sighted.unknown.count]).toEqual(['ok', 0]);
  });

  it('shows no more than a status holds, and counts all', async () => {
    const bench = configuratorBench();
    const lines = Array.from({ length: 500 }, (_, index) => `h${index}=52.94.133.131`);
    bench.store.put('p/base/app.properties', lines.join('\n'));
    await bench.check();
    const { unknown } = bench.configurator.sighted;
    expect([unknown.count, unknown.places.length]).toEqual([500, 100]);
  });
});
