import { onTestFinished } from 'vitest';
import { createMetricsPipeline, type MetricsPipelineParts } from '#agent/metrics/metrics-pipeline.ts';
import type { JsonObject } from '#agent/plan/json.ts';
import { silentLogger } from '#kit/logger.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { FACTS } from './facts.ts';
import { fakeCloudWatch, memorySpool } from './fake-cloudwatch.ts';
import { hostRoot } from './host-root.ts';
import { planMap } from '../support/plan-map.ts';

const SPACE = { bsize: 1024, blocks: 1000, bfree: 400, bavail: 300, files: 100, ffree: 75 };

/** A pipeline on a host that the test writes, under a clock of its own. */
export async function pipelineBench(parts: Partial<MetricsPipelineParts> = {}) {
  const { root, write } = await hostRoot();
  const clock = parts.clock instanceof FakeClock ? parts.clock : new FakeClock(1_780_000_000_000);
  const pipeline = createMetricsPipeline({
    aws: fakeCloudWatch().aws,
    spool: memorySpool(),
    clock,
    random: () => 0.5,
    logger: silentLogger,
    facts: () => FACTS,
    ownFamilies: () => [],
    sinceStart: true,
    statFs: () => Promise.resolve(SPACE),
    root,
    ...parts,
  });
  onTestFinished(() => pipeline.drain(0));
  const configure = (settings: JsonObject) => pipeline.reconfigure({ settings: planMap(settings) });
  /** A sample reads real files: turns of the loop until it is there. */
  const sampled = async (): Promise<void> => {
    while (clock.sleeping === 0 || pipeline.status()?.['sampledAt'] === null) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const pass = async (ms: number): Promise<void> => {
    await sampled();
    const before = pipeline.status()?.['sampledAt'];
    await clock.advance(ms);
    while (pipeline.status()?.['sampledAt'] === before) await new Promise((resolve) => setImmediate(resolve));
    await sampled();
  };
  return { pipeline, configure, clock, write, pass, sampled };
}
