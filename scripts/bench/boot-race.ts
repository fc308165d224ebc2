import { isDeepStrictEqual } from 'node:util';
import { bootAgent } from './agent-process.ts';
import type { Finding, Workbench } from './bench-row.ts';
import type { BootCourse } from './boot-course.ts';
import { findClassicScript } from './classic-script.ts';
import { median } from './median.ts';

const WHAT = 'start to ready, against the classic script';

/**
 * Alternates script and agent over the same course, so that both meet the same moods of the machine, and compares medians.
 * @param atLeast how many times faster the agent has to be.
 */
export async function raceBoots(
  bench: Workbench,
  course: BootCourse,
  atLeast: number,
): Promise<readonly Finding[]> {
  const script = findClassicScript();
  if (!script) {
    return [
      {
        what: WHAT,
        skipped: 'the aws command line is missing, so there is no classic script: pip install awscli',
      },
    ];
  }
  const boot = () => bootAgent({ binary: bench.binary, course, interval: '30s' });
  // The first of each finds cold page caches, and moto imports a service when it is first asked: neither counts.
  await script.run(course);
  await (await boot())[Symbol.asyncDispose]();

  const scriptMs: number[] = [];
  const agentMs: number[] = [];
  for (let run = 0; run < (bench.quick ? 3 : 9); run += 1) {
    const classic = await script.run(course);
    await using agent = await boot();
    const served = await agent.properties();
    if (!isDeepStrictEqual({ ...served }, classic.properties)) {
      throw new Error('script and agent came to different configurations: the times would not compare');
    }
    scriptMs.push(classic.tookMs);
    agentMs.push(agent.readyMs);
    bench.say(`script ${ms(classic.tookMs)}, landfall ${ms(agent.readyMs)}`);
  }
  const ours = median(agentMs);
  const theirs = median(scriptMs);
  const detail = `script ${ms(theirs)}, landfall ${ms(ours)}, medians of ${agentMs.length}; ${script.version}`;
  return [{ what: WHAT, value: theirs / ours, unit: 'x', bar: { atLeast }, detail }];
}

function ms(milliseconds: number): string {
  return `${milliseconds.toFixed(0)} ms`;
}
