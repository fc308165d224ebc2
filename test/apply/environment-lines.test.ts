import { describe, expect, it } from 'vitest';
import { environmentLines } from '#agent/apply/render/environment-lines.ts';
import { generationOf } from '../support/generations.ts';
import { readEnvironmentFile } from './systemd-env-file.ts';
import { environmentFile } from './target-bench.ts';

function linesOf(values: Readonly<Record<string, string>>, prefix = '') {
  return environmentLines(
    generationOf(1, values).effective,
    environmentFile({ name: 'e', target: '/e', prefix }),
  );
}

describe('an environment file', () => {
  it('has a variable for every key below its prefix, which is cut off', () => {
    const lines = linesOf({ 'app.db.host': 'h', 'app.motd': 'two\n"lines" $x', 'other.key': 'no' }, 'app.');
    expect(lines).toEqual({
      kind: 'rendered',
      text: 'DB_HOST="h"\nMOTD="two\n\\"lines\\" \\$x"\n',
      keys: ['app.db.host', 'app.motd'],
    });
    expect(lines.kind === 'rendered' && readEnvironmentFile(lines.text)).toEqual({
      DB_HOST: 'h',
      MOTD: 'two\n"lines" $x',
    });
  });

  it('is refused when two keys have one name, or systemd would drop a value; all problems at once', () => {
    const lines = linesOf({ 'a.b': '1', a_b: '2', c: 'bell\u0007' });
    const messages = lines.kind === 'unrenderable' ? lines.problems.map(({ message }) => message) : [];
    expect(messages).toEqual([
      "'a.b' and 'a_b' are both A_B; rename one, or choose a prefix",
      "'c': systemd takes no control character in a variable but tab and line feed",
    ]);
    expect(linesOf({ a: '1' }, 'b.')).toMatchObject({ problems: [{ message: "no key starts with 'b.'" }] });
    expect(lines).toMatchObject({ problems: [{ code: 'LF_TEMPLATE', file: 'base/plan.yaml', line: 3 }, {}] });
  });
});
