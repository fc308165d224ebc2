import { expect, test } from 'vitest';
import { randomFrom } from '../../support/random.ts';
import { LogWriter } from './log-writer.ts';
import { scenarioOf } from './scenario.ts';
import { SimulatedHost } from './simulated-host.ts';

const SEEDS = Array.from({ length: 40 }, (_, index) => index + 1);

test.each(SEEDS)(
  'a log that was seen is not forgotten by a kill before its first batch is acknowledged, seed %i',
  async (seed) => {
    const random = randomFrom(seed);
    const scenario = {
      ...scenarioOf(randomFrom(seed)),
      globs: ['/log/a.log'],
      files: ['/log/a.log'],
      rotation: 'rename' as const,
      isStale: false,
      filters: false,
      poisons: false,
      saveFailures: 0,
      slowness: 0,
      keep: 20,
      descriptors: 64,
    };
    const host = new SimulatedHost(scenario, random);
    // It has looked, and found nothing.
    await host.clock.advance(2_500 + random() * 1_000);
    const writer = new LogWriter('/log/a.log', host.disk, scenario, random);
    writer.write(20);
    await host.clock.advance(1_150);
    for (let rotations = 1 + Math.floor(random() * 4); rotations > 0; rotations -= 1) {
      writer.renameAway();
      writer.write(5);
      if (random() < 0.3) host.kill();
      await host.clock.advance(random() * 150);
    }
    host.kill();
    await host.clock.advance(60_000);
    await host.stop();
    const written = writer.contents.flatMap(({ lines }) => lines);
    expect(written.filter((line) => !host.sink.has(line))).toEqual([]);
  },
);
