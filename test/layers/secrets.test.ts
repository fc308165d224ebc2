import { describe, expect, it } from 'vitest';
import type { ExternalValue, LookUpExternal } from '../../config-service/layers/external.ts';
import { problemsOf, propertiesOf, resolveLayers, valuesOf } from '../support/resolving.ts';

/** Answers `text@version` by name; what is not listed does not exist. */
function secrets(known: Readonly<Record<string, string>>, asked: string[] = []): LookUpExternal {
  return (name) => {
    asked.push(name);
    const [text, version = '1'] = known[name]?.split('@') ?? [];
    return text === undefined ? { kind: 'absent' } : { kind: 'value', text, version };
  };
}

function denied(): ExternalValue {
  return { kind: 'unusable', code: 'LF_SECRET_DENIED', reason: 'it is denied' };
}

const PASSWORD = { '@ssm:/db': 's3cret@7' };

function digestWith(base: string, known: Readonly<Record<string, string>>): string {
  const resolution = resolveLayers({ base }, { external: secrets(known) });
  return resolution.kind === 'resolved' ? resolution.digest : 'rejected';
}

describe('references to secrets', () => {
  it('are asked for by name, which may be computed, and only where they are needed', () => {
    const asked: string[] = [];
    const external = secrets({ '@ssm:/a/prod': 'x', '@secret:db#password': 'y' }, asked);
    const base = 'k=${@ssm:/a/${@environment}} ${@secret:db#password}\nl=${k:${@ssm:/not/needed}}';
    expect(valuesOf(resolveLayers({ base }, { external }))).toEqual({ k: 'x y', l: 'x y' });
    expect(asked).toEqual(['@ssm:/a/prod', '@secret:db#password']);
  });

  it.each([
    ['${@ssm:/db::none}', '@ssm:/db', 'none'],
    ['${@ssm:/db:3:none}', '@ssm:/db:3', 'none'],
    ['${@ssm:/db:stable::none}', '@ssm:/db:stable', ':none'],
    ['${@ssm:/db:a b}', '@ssm:/db', 'a b'],
    ['${@ssm:/db:${k2:3}}', '@ssm:/db', '3'],
    ['${@secret:db:none}', '@secret:db', 'none'],
    ['${@secret:db::none}', '@secret:db', 'none'],
    ['${@secret:db::http://h:80/}', '@secret:db', 'http://h:80/'],
    ['${@secret:db:http://h:80/}', '@secret:db', 'http://h:80/'],
    ['${@secret:db:user:::none}', '@secret:db:user::', 'none'],
    ['${@secret:db::AWSPREVIOUS::none}', '@secret:db::AWSPREVIOUS:', 'none'],
    ['${@secret:db:SecretString:user:AWSPREVIOUS}', '@secret:db:SecretString:user:AWSPREVIOUS', undefined],
    ['${@secret:db#user:a:b}', '@secret:db#user', 'a:b'],
    ['${@ssm:/db:}', '@ssm:/db', ''],
    [
      '${@ssm:arn:aws:ssm:${@region}:1:parameter/db:7:none}',
      '@ssm:arn:aws:ssm:eu-west-1:1:parameter/db:7',
      'none',
    ],
    [
      '${@secret:arn:aws:secretsmanager:${@region}:1:secret:db-AbCdEf:user::}',
      '@secret:arn:aws:secretsmanager:eu-west-1:1:secret:db-AbCdEf:user::',
      undefined,
    ],
    [
      '${@secret:arn:aws:secretsmanager:${@region}:1:secret:db-AbCdEf#user:none}',
      '@secret:arn:aws:secretsmanager:eu-west-1:1:secret:db-AbCdEf#user',
      'none',
    ],
  ])('%s asks for %s, and takes the default when there is none', (reference, name, value) => {
    const asked: string[] = [];
    const resolution = resolveLayers({ base: `k=${reference}` }, { external: secrets({}, asked) });
    expect(asked).toEqual([name]);
    if (value === undefined) expect(problemsOf(resolution)).toMatchObject([{ code: 'LF_SECRET_MISSING' }]);
    else {
      expect(propertiesOf(resolution).get('k')).toMatchObject({ value });
      expect(propertiesOf(resolution).get('k')).not.toHaveProperty('masked');
    }
    expect(
      valuesOf(resolveLayers({ base: `k=${reference}` }, { external: secrets({ [name]: 'x' }) })),
    ).toEqual({
      k: 'x',
    });
  });

  it('that exist nowhere and have no default are missing', () => {
    expect(problemsOf(resolveLayers({ base: 'k=${@ssm:/a}' }, { external: secrets({}) }))).toMatchObject([
      { code: 'LF_SECRET_MISSING', message: expect.stringContaining('give a default: ${@ssm:/a::...}') },
    ]);
    expect(problemsOf(resolveLayers({ base: 'k=${@ssm:/a}' }))).toMatchObject([
      { code: 'LF_REFERENCE_UNKNOWN', message: expect.stringContaining('this program reads no secrets') },
    ]);
  });

  it('that cannot be had are a problem of the key, default or not', () => {
    const base = 'a=${b}\nb=${@ssm:/x::default} ${@ssm:/x}';
    expect(problemsOf(resolveLayers({ base }, { external: denied }))).toEqual([
      {
        code: 'LF_SECRET_DENIED',
        message: 'a -> b -> @ssm:/x: it is denied',
        file: 'base/app.properties',
        line: 2,
      },
    ]);
  });
});

describe('a default that looks like a field', () => {
  it.each([
    ['${@secret:db:password}', 1],
    ['${@secret:db::password}', 0],
    ['${@secret:db#user:none}', 0],
    ['${@secret:db:}', 0],
    ['${@ssm:/db:stable}', 0],
  ])('is warned of where it stands: %s', (reference, warnings) => {
    const external = secrets({ '@secret:db': 'x', '@secret:db#user': 'x', '@ssm:/db:stable': 'x' });
    const resolution = resolveLayers({ base: `k=${reference}` }, { external });
    const told = resolution.kind === 'resolved' ? resolution.warnings : [];
    expect(told).toHaveLength(warnings);
    if (warnings > 0)
      expect(told).toMatchObject([
        { code: 'LF_SECRET_INVALID', message: expect.stringContaining('write ${@secret:db#password}') },
      ]);
  });
});

it('a default that is a field of the secret is refused, by whoever can see that', () => {
  const known = { '@secret:db': '{"password":"x"}', '@secret:db#password': 'x' };
  const resolution = resolveLayers({ base: 'k=${@secret:db:password}' }, { external: secrets(known) });
  expect(problemsOf(resolution)).toMatchObject([
    { code: 'LF_SECRET_INVALID', message: expect.stringContaining('write ${@secret:db#password} for it') },
  ]);
});

describe('a secret that was read', () => {
  it('is known by name and version to the key that names it, and to lists of such keys', () => {
    const yaml = 'k: "${@ssm:/db} ${@ssm:/db}"\nd: ${@ssm:/none::x}\nl: ["${@ssm:/db}"]\nc: ${k}\n';
    const found = propertiesOf(resolveLayers({ base: { 'a.yaml': yaml } }, { external: secrets(PASSWORD) }));
    const one = [{ name: '@ssm:/db', version: '7' }];
    const told = [...found.values()].map(({ key, secrets: read }) => [key, read]);
    expect(Object.fromEntries(told)).toEqual({ k: one, l: one, 'l.0': one, c: undefined, d: undefined });
  });
});

describe('what is told of a value with a secret', () => {
  it('is a mask, for every key that holds one, lists too', () => {
    const yaml = 'db:\n  url: "pg://u:${@ssm:/db}@${@region}/x"\nall:\n  - "${db.url}?ssl"\n  - plain\n';
    const found = propertiesOf(
      resolveLayers(
        { base: { 'a.yaml': yaml }, override: 'copy=${all}\nfree=${all.1}' },
        { external: secrets(PASSWORD) },
      ),
    );
    const masks = [...found.values()].map(({ key, masked }) => [key, masked]);
    expect(Object.fromEntries(masks)).toEqual({
      all: '["[all.0]","plain"]',
      'all.0': '[db.url]?ssl',
      'all.1': undefined,
      copy: '[all]',
      'db.url': 'pg://u:[@ssm:/db#7]@eu-west-1/x',
      free: undefined,
    });
    expect(found.get('copy')?.value).toBe('["pg://u:s3cret@eu-west-1/x?ssl","plain"]');
  });

  it('never has it in raw, in what is shadowed, or in references', () => {
    const layers = { base: 'k=${@ssm:/db}-old', 'role/web': 'k=<${@ssm:/db}>' };
    const { value, ...rest } =
      propertiesOf(resolveLayers(layers, { external: secrets(PASSWORD) })).get('k') ?? {};
    expect(value).toBe('<s3cret>');
    expect(JSON.stringify(rest)).not.toContain('s3cret');
  });

  it.each([
    'k=${a.${@ssm:/db}:x}',
    'p=${@ssm:/db}\nk=${a.${p}:x}',
    'k=${@ssm:/a/${@ssm:/db}}',
    'k=${a.${b:${@ssm:/db}}:x}',
  ])('is not a name made with it: %s', (base) => {
    const resolution = resolveLayers({ base }, { external: secrets(PASSWORD) });
    expect(problemsOf(resolution)).toMatchObject([{ code: 'LF_SECRET_INVALID' }]);
    expect(JSON.stringify(resolution)).not.toContain('s3cret');
  });

  it('grows no further than a value may', () => {
    const name = `@ssm:/${'n'.repeat(1000)}`;
    const base = `k=${`\${${name}}`.repeat(1100)}`;
    const problems = problemsOf(resolveLayers({ base }, { external: secrets({ [name]: 'x' }) }));
    expect(problems).toMatchObject([{ code: 'LF_VALUE_TOO_LARGE' }]);
  });
});

describe('the digest of a configuration with secrets', () => {
  const base = 'k=<${@ssm:/db}>\nl=${k}';

  it('changes with the version of a secret, and by that alone', () => {
    expect(digestWith(base, { '@ssm:/db': 'a@1' })).not.toBe(digestWith(base, { '@ssm:/db': 'a@2' }));
    // Otherwise whoever sees the digest could try out short secrets.
    expect(digestWith(base, { '@ssm:/db': 'a@1' })).toBe(digestWith(base, { '@ssm:/db': 'b@1' }));
  });

  it('tells text that looks like a mask from a secret', () => {
    const known = { '@ssm:/db': 'a@1' };
    expect(digestWith('k=[@ssm:/db#1]${@ssm:/db}', known)).not.toBe(
      digestWith('k=${@ssm:/db}[@ssm:/db#1]', known),
    );
  });

  it('changes with what stands around a secret', () => {
    const known = { '@ssm:/db': 'a@1' };
    expect(digestWith('k=<${@ssm:/db}${x}>\nx=1', known)).not.toBe(
      digestWith('k=<${@ssm:/db}${x}>\nx=2', known),
    );
    expect(digestWith('k=${@ssm:/db}', known)).not.toBe(digestWith('k=[@ssm:/db#1]', known));
  });
});
