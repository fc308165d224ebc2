import { describe, expect, it } from 'vitest';
import { payrollFacts } from '../support/layer-generator.ts';
import { problemsOf, propertiesOf, resolveLayers, valuesOf } from '../support/resolving.ts';

const SCOPE = 'b=bee\na.nested=nested\nwhich=nested\nemptyv=\n';

function interpolated(raw: string, more = ''): string | undefined {
  return valuesOf(resolveLayers({ base: `${SCOPE}${more}\nk=${raw}\n` }))['k'];
}

describe('interpolation, as Archaius 2.x ran it (commons-lang StrSubstitutor)', () => {
  it.each([
    ['i1', '${b}', 'bee'],
    ['i3', '${missing:dflt}', 'dflt'],
    ['i4', '${missing:}', ''],
    ['i5', '${missing:${b}}', 'bee'],
    ['i6', '${a.${which}}', 'nested'],
    ['i7', '$${b}', '${b}'],
    ['i8', '${missing:a:b}', 'a:b'],
    ['i9', '${b:dflt}', 'bee'],
    ['i12', '${missing:$b}', '$b'],
    ['i13', '${}', '${}'],
    ['i14', '${b', '${b'],
    ['i15', '${missing:-d}', '-d'],
    ['i16', '${emptyv:dflt}', ''],
  ])('%s: %s', (_id, raw, expected) => {
    expect(interpolated(raw)).toBe(expected);
  });

  it.each([
    ['i2', '${missing}', 'k -> missing'],
    ['i10', 'pre ${b} ${missing} post', 'k -> missing'],
    ['i17', '${ b }', 'spaces count, write ${b}'],
  ])('%s: %s is left by Archaius, and an error here', (_id, raw, message) => {
    expect(problemsOf(resolveLayers({ base: `${SCOPE}k=${raw}\n` }))).toEqual([
      {
        code: 'LF_REFERENCE_UNKNOWN',
        message: expect.stringContaining(message),
        file: 'base/app.properties',
        line: 5,
      },
    ]);
  });

  it('i11 and self: a circle is an error', () => {
    expect(problemsOf(resolveLayers({ base: 'x1=${x2}\nx2=${x1}\nself=${self:never}' }))).toMatchObject([
      { code: 'LF_REFERENCE_CYCLE', message: expect.stringContaining('x1 -> x2 -> x1'), line: 2 },
      { code: 'LF_REFERENCE_CYCLE', message: expect.stringContaining('self -> self'), line: 3 },
    ]);
  });
});

describe('the grammar of references', () => {
  it.each([
    ['one escape among dollars', '$$${b} $$ $b $', '$${b} $$ $b $'],
    ['two references', '${b}${b}', 'beebee'],
    ['a default of several parts', '${missing:x ${b} ${gone:${which}}}!', 'x bee nested!'],
    ['an escape in a default', '${missing:$${b}}', '${b}'],
    ['an escape in a name, with its own brace and colon', '${missing$${x:y}:d}', 'd'],
    ['an escape that holds a reference', '$${a${b}}', '${abee}'],
    ['an empty name with a default', '${:d}', 'd'],
    ['a closing brace in text', '} ${b} }', '} bee }'],
    ['JSON around a reference', '{"a": "${b}"}', '{"a": "bee"}'],
    ['text after an unclosed one, whole', '${b} ${a ${b}', 'bee ${a ${b}'],
    ['a name twice computed', '${${missing:wh}${missing:ich}}', 'nested'],
  ])('%s: %s', (_what, raw, expected) => {
    expect(interpolated(raw)).toBe(expected);
  });

  it('takes a dollar or a colon out of a value as text', () => {
    expect(interpolated('${d}${b}', 'd=$')).toBe('$bee');
    expect(interpolated('${${n}}', 'n=x:y\nx\\:y=found')).toBe('found');
    expect(interpolated('${lit}', 'lit=$${b}')).toBe('${b}');
  });

  it('does not look at a default that is not needed', () => {
    const property = propertiesOf(resolveLayers({ base: `${SCOPE}k=\${b:\${k}\${nowhere}}` })).get('k');
    expect(property).toMatchObject({ value: 'bee', references: ['b'] });
  });

  it('reads a value of a hundred thousand nested references in one go', () => {
    const depth = 100_000;
    expect(interpolated(`${'${x:'.repeat(depth)}end${'}'.repeat(depth)}`)).toBe('end');
    expect(interpolated(`${'${x'.repeat(depth)}${'}'.repeat(depth - 1)}`)).toHaveLength(4 * depth - 1);
  });
});

describe('what may be referenced', () => {
  it('is the whole effective set, whichever layer a key comes from', () => {
    const resolution = resolveLayers({ base: 'url=https://${host}/\nhost=a', 'role/web': 'host=b' });
    expect(valuesOf(resolution)).toEqual({ host: 'b', url: 'https://b/' });
  });

  it('includes the facts of the instance', () => {
    const names = [
      'region',
      'zone',
      'account',
      'partition',
      'dnsSuffix',
      'role',
      'environment',
      'instanceId',
    ];
    expect(interpolated(names.map((name) => `\${@${name}}`).join(' '))).toBe(
      'eu-west-1 eu-west-1b 123456789012 aws amazonaws.com web prod i-0abc',
    );
  });

  it('takes the default of a fact that the instance lacks, and without one says which tag', () => {
    const facts = { ...payrollFacts, role: undefined };
    expect(valuesOf(resolveLayers({ base: 'k=${@role:none}' }, { facts }))).toEqual({ k: 'none' });
    expect(problemsOf(resolveLayers({ base: 'k=${@role}' }, { facts }))).toEqual([
      {
        code: 'LF_REFERENCE_UNKNOWN',
        message:
          "k -> @role: the instance has no tag for '@role'; set the tag, or give a default: ${@role:...}",
        file: 'base/app.properties',
        line: 1,
      },
    ]);
  });

  it('warns when the default of a fact that does not exist is used', () => {
    expect(resolveLayers({ base: 'k=${@regoin:x}' })).toMatchObject({
      kind: 'resolved',
      warnings: [{ code: 'LF_REFERENCE_UNKNOWN', message: expect.stringContaining("no fact '@regoin'") }],
    });
  });

  it.each([
    ['@SECRET:db', '${@secret:name}'],
    ['@secrets:db#password', '${@secret:name}'],
    ['@secretsmanager:db', '${@secret:name}'],
    ['@SSM:/x', '${@ssm:/name}'],
    ['@parameter:/x', '${@ssm:/name}'],
  ])(
    'refuses %s, whose default would be the name of a secret, with the spelling to use',
    (written, meant) => {
      const [problem, ...others] = problemsOf(resolveLayers({ base: `k=\${${written}}` }));
      expect(problem).toMatchObject({ code: 'LF_SECRET_INVALID', file: 'base/app.properties', line: 1 });
      expect(problem?.message).toContain(`write ${meant}`);
      expect(others).toEqual([]);
    },
  );

  it('lists direct references once each, in the order they are asked for', () => {
    const base = `${SCOPE}k=\${b} \${a.\${which}} \${gone:x} \${@region} \${b}`;
    expect(propertiesOf(resolveLayers({ base })).get('k')?.references).toEqual([
      'b',
      'which',
      'a.nested',
      'gone',
      '@region',
    ]);
  });
});
