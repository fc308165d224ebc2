import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
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
