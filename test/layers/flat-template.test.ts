import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { fillFlat } from '../../config-service/layers/flat-template.ts';
import { resolveLayers } from '../support/resolving.ts';

const raw = fc
  .array(
    fc.oneof(
      fc.constantFrom('$', '{', '}', '${', '$${', ':', '@', ' ', 'a', 'b', 'x'),
      fc.constantFrom(
        '${a}',
        '${b}',
        '${gone:x}',
        '${@region}',
        '${@tag:team}',
        '${@tag:gone:x}',
        '${@regoin:x}',
      ),
      fc.constantFrom(
        '${a:x}',
        '${gone:${a}}',
        '${${b}}',
        '${:x}',
        '${gone:$x}',
        '${ a }',
        '${gone:}',
        '${a}${a}',
      ),
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(''));

it('fills a template without a task as the machine does that takes every one', () => {
  let filled = 0;
  fc.assert(
    fc.property(raw, (text) => {
      const short = outcomeOf(text);
      // An escape in front is what the short way leaves to the machine.
      const { value, ...rest } = outcomeOf(`$\${-}${text}`);
      expect({ ...rest, ...(value !== undefined && { value: value.slice('${-}'.length) }) }).toEqual(short);
      if (fillFlat(text, () => 'text') !== undefined) filled += 1;
    }),
    { numRuns: 2000 },
  );
  expect(filled).toBeGreaterThan(500);
});

interface Outcome {
  readonly problems: unknown;
  readonly warnings: unknown;
  readonly references?: readonly string[] | undefined;
  readonly value?: string | undefined;
}

function outcomeOf(text: string): Outcome {
  const written = text.replaceAll(':', String.raw`\:`).replaceAll(' ', String.raw`\ `);
  const resolution = resolveLayers({ base: `a=A $\${a} : }\nb=a\nk=${written}` });
  if (resolution.kind === 'rejected')
    return { problems: resolution.problems.map(({ code, message }) => [code, message]), warnings: [] };
  const { value, references } = resolution.effective.get('k') ?? {};
  const warnings = resolution.warnings.flatMap(({ message }) =>
    message.includes('@') && !message.includes('shell') ? [message] : [],
  );
  return { problems: [], warnings, value, references };
}
