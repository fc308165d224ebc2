import { expect, it } from 'vitest';
import { createAgentBackend } from '#agent/daemon/agent-backend.ts';
import { configuratorBench, ORDER } from '../support/configuring.ts';
import { payrollIdentity } from '../support/identity.ts';

const CANARY = 'hunter2';

/** Each puts the canary into values in a way that something has to be said about. */
const TALES: Readonly<Record<string, string>> = {
  'an ordinary value': `pw=${CANARY}\n`,
  'a foreign host beside it': `q=https://user:${CANARY}@sqs.us-east-1.amazonaws.com/${CANARY}\n`,
  'a foreign host made of it': `q=${CANARY}.us-east-1.amazonaws.com\n`,
  'a word of it with a region': `q=${CANARY}-us-east-1\n`,
  'a reference to nothing in it': `pw=${CANARY}\${nope}${CANARY}\n`,
  'a cycle around it': `a=${CANARY}\${b}\nb=${CANARY}\${a}\n`,
  'a fact that it is assigned to': `@region=${CANARY}\n`,
  'a key set twice to it': `pw=1\npw=${CANARY}\n`,
  'a bad escape in it': `pw=\\u00${CANARY}\n`,
};

const YAML_TALES: Readonly<Record<string, string>> = {
  'YAML that is none': `pw: ${CANARY}: ${CANARY}\n`,
  'YAML with an unknown tag': `pw: !${CANARY} x\n`,
  'YAML with an open quote': `pw: "${CANARY}\n`,
  'YAML with a tab': `pw:\n\t${CANARY}: 1\n`,
  'YAML with a key twice': `pw: 1\npw: ${CANARY}\n`,
};

const CASES = [
  ...Object.entries(TALES).map(([name, text]) => [name, 'app.properties', text] as const),
  ...Object.entries(YAML_TALES).map(([name, text]) => [name, 'app.yaml', text] as const),
  ['JSON that is none', 'app.json', `{"pw": "${CANARY}" "${CANARY}"}`] as const,
];

it.each(CASES)('no event and no log line holds a value: %s', async (_, file, text) => {
  const bench = configuratorBench();
  bench.store.put('p/base/good.properties', 'good=1\n');
  await bench.check();
  bench.store.put(`p/base/${file}`, text);
  await bench.check();
  expect(bench.log.length).toBeGreaterThan(1);
  expect(bench.log.filter((line) => line.includes(CANARY))).toEqual([]);
  expect(JSON.stringify(bench.events.since(0))).not.toContain(CANARY);
});

it('nor does anything that is said of an override', async () => {
  const bench = configuratorBench();
  bench.store.put('p/base/app.properties', 'pw=1\n');
  await bench.check();
  const backend = createAgentBackend({
    activity: { line: undefined },
    waits: { lines: [] },
    schedule: { nextAt: () => undefined, givesUpAt: undefined },
    stores: () => [],
    ...bench,
    identity: payrollIdentity,
    order: ORDER,
    pollNow: () => bench.check(),
    keepOverrides: async () => {},
    fence: { fault: undefined },
    leaks: { fault: undefined },
    reports: { status: () => ({}), metrics: () => '' },
    stop: new AbortController().signal,
  });
  for (const value of [CANARY, `${CANARY}.us-east-1.amazonaws.com`, `${CANARY}\${nope}`]) {
    await backend.setOverride({ key: 'pw', value, forMs: 60_000, reason: 'a test' });
  }
  await backend.unsetOverride('pw');
  expect(bench.log.join('\n')).not.toContain(CANARY);
  expect(JSON.stringify(bench.events.since(0))).not.toContain(CANARY);
});
