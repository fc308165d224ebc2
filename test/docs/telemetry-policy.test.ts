import { globSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
}

/** What the ready policy of docs/telemetry.md allows. */
function allowed(): readonly string[] {
  const [, text = ''] =
    /```json\n(\{\n {2}"Version"[\s\S]*?)```/.exec(readFileSync('docs/telemetry.md', 'utf8')) ?? [];
  const { Statement } = JSON.parse(text) as { Statement: readonly Statement[] };
  return Statement.flatMap(({ Action }) => Action).toSorted((a, b) => (a < b ? -1 : 1));
}

/** A name of an action where the sink of the logs writes one: behind the version of the API, or alone. */
const LOGS = /Logs_20140328\.(\w+)|'((?:Put|Create|Delete|Describe|List|Tag|Untag|Associate)[A-Z]\w+)'/g;
const METRICS = /GraniteServiceVersion20100801\.(\w+)/g;

/** What the code calls. */
function called(): readonly string[] {
  const logs = [...sources('agent/logs/sink').matchAll(LOGS)].map(([, one, other]) => `logs:${one ?? other}`);
  const metrics = [...sources('agent/metrics').matchAll(METRICS)].map(([, one]) => `cloudwatch:${one}`);
  return [...new Set([...logs, ...metrics])];
}

function sources(folder: string): string {
  return globSync(`${folder}/**/*.ts`)
    .map((path) => readFileSync(path, 'utf8'))
    .join('\n');
}

it('the ready policy of logs and metrics allows what is called, and nothing more', () => {
  expect(allowed()).toEqual(called().toSorted((a, b) => (a < b ? -1 : 1)));
});
