import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createStateStore } from '#agent/daemon/runtime/state-store.ts';
import { ok } from '#kit/outcome.ts';
import { loggerInto } from '../support/configuring.ts';
import { daemonBench } from '../support/daemon-bench.ts';
import { disguises } from '../support/disguises.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { valueOf } from '../support/fetching.ts';
import { finish } from '../support/patience.ts';
import { ask } from '../support/raw-http.ts';
import { renderedHost, sha256, UID } from '../support/rendered.ts';
import { HERE, keyOf } from '../support/sealing.ts';

const VALUES = {
  'db.password': 'correct horse battery staple',
  'db.url': 'jdbc:postgresql://db.internal:5432/payroll',
  greeting: 'Grüße aus Übersee — 今日は',
  list: 'alpha-one,beta-two,gamma-three',
};

/** `file: value` for each value that shows in the raw bytes below the folder. */
async function exposed(folder: string, values: readonly string[]): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const found: string[] = [];
  for (const entry of entries.filter((each) => each.isFile())) {
    const bytes = await readFile(join(entry.parentPath, entry.name));
    for (const value of values)
      if (disguises(value).some((shape) => bytes.includes(shape))) found.push(`${entry.name}: ${value}`);
  }
  return found;
}

describe('the raw bytes of the state folder', () => {
  it('show no configuration value of a running instance, nor an override', async () => {
    const bench = await daemonBench();
    const lines = Object.entries(VALUES).map(([key, value]) => `${key}=${value}\n`);
    bench.put('base/app.properties', lines.join(''));
    const daemon = await bench.daemon();
    const generation = valueOf(await finish(bench.clock, daemon.booted));
    const body = JSON.stringify({ value: 'an override by hand', for: '1h', reason: 'ticket 4711' });
    const headers = { 'content-type': 'application/json' };
    const put = { method: 'PUT', path: '/v1/overrides/db.password', headers, body };
    expect((await ask(bench.socket, put)).status).toBe(200);
    const values = [...generation.effective.values()].map(({ value }) => value);
    expect(values.toSorted()).toEqual(Object.values(VALUES).toSorted());
    expect((await readdir(bench.stateDir)).toSorted()).toEqual(
      expect.arrayContaining(['last-good.sealed', 'overrides.sealed']) as string[],
    );
    expect(await exposed(bench.stateDir, [...values, 'an override by hand'])).toEqual([]);
    await daemon.close(1000);
    expect(await exposed(bench.stateDir, [...values, 'an override by hand'])).toEqual([]);
  });

  it('show nothing of what apply keeps; of rendered files paths and digests', async () => {
    const { state } = await renderedHost();
    const clock = new FakeClock();
    const memory = createStateStore({
      folder: ok(state),
      here: HERE,
      key: keyOf(),
      uid: UID,
      clock,
      logger: loggerInto([]),
    });
    const [secret = ''] = Object.values(VALUES);
    for (const record of ['applied', 'apply-journal', 'init-progress', 'deployed'] as const)
      valueOf(await memory.apply.save(record, Buffer.from(secret)));
    valueOf(await memory.register.save([{ path: '/etc/app.conf', sha256: sha256(secret) }]));
    expect(await readdir(state)).toHaveLength(5);
    expect(await exposed(state, [secret])).toEqual([]);
    expect(await memory.apply.load('deployed')).toEqual(Buffer.from(secret));
  });

  it.each([
    ['text', (value: string) => value],
    ['base64', (value: string) => Buffer.from(`xy${value}`).toString('base64')],
    ['UTF-16', (value: string) => Buffer.from(value, 'utf16le')],
  ])('would give away a value that was written as %s: the search finds it', async (_, write) => {
    const { state } = await renderedHost();
    const [secret = ''] = Object.values(VALUES);
    await writeFile(join(state, 'leak'), write(secret));
    expect(await exposed(state, [secret])).toEqual([`leak: ${secret}`]);
  });
});
