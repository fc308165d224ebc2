import { expect, test } from 'vitest';
import { FORMATS } from '../../config-service/server/routes/formats.ts';

test('the env format says what it leaves out', () => {
  const pairs = [
    ['a.b', '1'],
    ['a_b', '2'],
    ['n', '\0'],
  ] as const;
  expect(FORMATS.get('env')?.print(pairs)).toBe(
    'A_B="1"\n# "a_b" left out: A_B is "a.b"\n# "n" left out: its value holds a NUL\n',
  );
});
