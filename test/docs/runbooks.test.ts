import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { opsCommand } from '../ops/policy/ops-command.ts';
import { shownIn } from '../support/shown-output.ts';

it('docs/runbooks.md has a section for each alarm that docs/alarms.md shows', () => {
  const [shown] = shownIn('docs/alarms.md', readFileSync('docs/alarms.md', 'utf8'));
  const names = (shown?.lines ?? []).flatMap((line) => /^ +(?:create|left out) +(\S+)/.exec(line)?.[1] ?? []);
  const ours = names.filter((name) => !name.includes('/'));
  expect(ours.length).toBeGreaterThan(8);
  const runbooks = readFileSync('docs/runbooks.md', 'utf8');
  const sections = [...runbooks.matchAll(/^## (\S+)$/gm)].map(([, name = '']) => name);
  expect(sections.toSorted()).toEqual(ours.toSorted());
});

it('each alarm of examples/infrastructure says which section that is, and it is there', async () => {
  const config = 'examples/infrastructure/config';
  const text = await opsCommand('alarms', 'plan', config, '--regions', 'eu-west-1', '--format', 'terraform');
  const alarms = text.match(/alarm_name/g)?.length ?? 0;
  const named = [...text.matchAll(/docs\/runbooks\.md#([\w-]+)/g)].map(([, anchor = '']) => anchor);
  // All but the composite one, which names the others.
  expect(named.length).toBe(alarms - 1);
  expect(named.length).toBeGreaterThan(7);
  const runbooks = readFileSync('docs/runbooks.md', 'utf8');
  const anchors = [...runbooks.matchAll(/^## (.+)$/gm)].map(([, title = '']) =>
    title.toLowerCase().replaceAll(' ', '-'),
  );
  expect(anchors).toEqual(expect.arrayContaining([...named, 'patterns-of-your-own']));
});
