import { describe, expect, test } from 'vitest';
import type { SealedRecords } from '#config-service';
import type { LogEvent } from '#agent/logs/base/log-event.ts';
import type { LogSource } from '#agent/logs/base/log-source.ts';
import { createCommandOutput, type CommandOutput } from '#agent/logs/output/command-output.ts';
import { ok } from '#kit/outcome.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const TO = { group: 'g', stream: 's' };

describe('output of commands', () => {
  test('what was printed before the plan was read is shipped once it is', async () => {
    const output = createCommandOutput(undefined, new FakeClock());
    output.write('scripts.10-base', 'stdout', 'hello');
    output.write('scripts.10-base', 'stderr', 'oh');
    const { source } = attach(output);
    expect(texts(await source.read(65_536))).toEqual([
      'scripts.10-base: hello',
      'scripts.10-base stderr: oh',
    ]);
  });

  test('case 27: what was not acknowledged outlives the process, in order, and comes once', async () => {
    const store = memoryStore();
    const clock = new FakeClock();
    const first = createCommandOutput(store, clock);
    for (let line = 0; line < 3_000; line += 1) first.write('hook', 'stdout', `${line} `.padEnd(200, 'x'));
    const one = attach(first);
    const read = await readAll(one.source, 2_000);
    one.source.acknowledge(read[999]?.end ?? 0);
    await first.save();

    await clock.advance(1_000);
    const second = createCommandOutput(store, clock);
    second.write('hook', 'stdout', 'new');
    const two = attach(second);
    const again = texts(await readAll(two.source, Infinity));
    const numbers = again.slice(0, -1).map((text) => Number.parseInt(text.slice('hook: '.length), 10));
    // Whole stretches come again: at most one beyond what was acknowledged.
    expect(numbers[0]).toBeLessThanOrEqual(1_000);
    expect(numbers[0]).toBeGreaterThan(0);
    expect(numbers).toEqual(
      Array.from({ length: 3_000 - (numbers[0] ?? 0) }, (_, index) => (numbers[0] ?? 0) + index),
    );
    expect(again.at(-1)).toBe('hook: new');

    two.source.acknowledge(again.length);
    await settle();
    expect([...store.records.keys()]).toEqual([]);
  });

  test('a line is on the disk a second after it was printed', async () => {
    const store = memoryStore();
    const clock = new FakeClock();
    const output = createCommandOutput(store, clock);
    output.write('hook', 'stdout', 'line');
    await clock.advance(1_000);
    expect([...store.records.values()].join('')).toContain('"line","hook"');
  });

  test('what does not fit is left out and counted, and what is there still arrives', async () => {
    const output = createCommandOutput(undefined, new FakeClock());
    for (let line = 0; line < 6_000; line += 1) output.write('hook', 'stdout', `${line} `.padEnd(1_000, 'x'));
    const { source, losses } = attach(output);
    const events = await readAll(source, Infinity);
    expect(losses.map(([cause]) => cause)).toEqual(['spoolFull']);
    expect(events.length + (losses[0]?.[1] ?? 0)).toBe(6_000);
    expect(events.length).toBeGreaterThan(3_600);
  });

  test('what found no room in a process that shipped nothing is counted by the next one, once', async () => {
    const store = memoryStore();
    const clock = new FakeClock();
    const bootstrap = createCommandOutput(store, clock);
    // At once: the disk has no chance to take a part of it.
    for (let line = 0; line < 6_000; line += 1)
      bootstrap.write('hook', 'stdout', `${line} `.padEnd(1_000, 'x'));
    await bootstrap.save();
    const one = attach(createCommandOutput(store, clock));
    const events = await readAll(one.source, Infinity);
    await settle();
    expect(one.losses).toEqual([['spoolFull', 6_000 - events.length]]);
    one.source.acknowledge(events.at(-1)?.end ?? 0);
    await settle();
    expect([...store.records.keys()]).toEqual([]);
    const two = attach(createCommandOutput(store, clock));
    await settle();
    expect(two.losses).toEqual([]);
  });

  test('two saves beside each other write every segment once, whole', async () => {
    const store = memoryStore();
    const clock = new FakeClock();
    const output = createCommandOutput(store, clock);
    for (let line = 0; line < 1_000; line += 1) output.write('hook', 'stdout', `${line} `.padEnd(1_000, 'x'));
    // The first write of the first save takes longer than all of the second.
    const save = store.save.bind(store);
    store.save = async (name, bytes) => {
      store.save = save;
      await settle();
      return save(name, bytes);
    };
    await Promise.all([output.save(), output.save()]);
    const { source } = attach(createCommandOutput(store, clock));
    expect(await readAll(source, Infinity)).toHaveLength(1_000);
  });

  test('a stretch that grew after it was written is gone from the disk once all of it was taken', async () => {
    const store = memoryStore();
    const clock = new FakeClock();
    const output = createCommandOutput(store, clock);
    const { source } = attach(output);
    output.write('hook', 'stdout', 'one');
    await output.save();
    output.write('hook', 'stdout', 'two');
    const events = await readAll(source, Infinity);
    source.acknowledge(events.at(-1)?.end ?? 0);
    await output.keep();
    await clock.advance(1_000);
    expect([...store.records.keys()]).toEqual([]);
  });

  test('output that no entry of the plan wants is kept no longer', async () => {
    const store = memoryStore();
    const clock = new FakeClock();
    const output = createCommandOutput(store, clock);
    output.write('hook', 'stdout', 'line');
    await clock.advance(1_000);
    await output.discard();
    output.write('hook', 'stdout', 'more');
    await clock.advance(1_000);
    expect(store.records.size).toBe(0);
    // Until a plan that may come into effect has one.
    output.want();
    output.write('hook', 'stdout', 'of the new plan');
    const { source } = attach(output);
    expect(texts(await source.read(65_536))).toEqual(['hook: of the new plan']);
  });
});

function attach(output: CommandOutput) {
  const losses: [cause: string, events: number][] = [];
  const sources: LogSource[] = [];
  output.group('output', TO).start({
    opened: (source) => sources.push(source),
    ended: () => {},
    lost: (_source, cause, events) => losses.push([cause, events]),
  });
  const [source] = sources;
  if (!source) throw new Error('no source');
  return { source, losses };
}

async function readAll(source: LogSource, most: number): Promise<readonly LogEvent[]> {
  const events: LogEvent[] = [];
  while (events.length < most) {
    const more = await source.read(16_384);
    if (more.length === 0) break;
    events.push(...more);
  }
  return events;
}

function texts(events: readonly LogEvent[]): readonly string[] {
  return events.map(({ message }) => message);
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

function memoryStore(): SealedRecords & { readonly records: Map<string, string> } {
  const records = new Map<string, string>();
  return {
    records,
    names: () => Promise.resolve(ok([...records.keys()].toSorted())),
    load: (name) => {
      const text = records.get(name);
      return Promise.resolve(
        text === undefined ? { kind: 'absent' } : { kind: 'loaded', plaintext: Buffer.from(text) },
      );
    },
    save: (name, bytes) => {
      records.set(name, Buffer.from(bytes).toString('utf8'));
      return Promise.resolve(ok(undefined));
    },
    remove: (name) => {
      records.delete(name);
      return Promise.resolve(ok(undefined));
    },
  };
}
