import { expect, it } from 'vitest';
import { environmentOf, passedOn } from '#agent/apply/commands/command-environment.ts';
import { envName } from '#config-service';
import { generationOf } from '../support/generations.ts';

function environment(
  properties: Readonly<Record<string, string>>,
  own: Readonly<Record<string, string>> = {},
) {
  const generation = generationOf(7, properties);
  return environmentOf({
    generation,
    isSecret: (key) => key.includes('secret'),
    passedOn: {},
    own,
    event: {},
  });
}

it('a command knows where it is, whatever the configuration says', () => {
  const { facts } = generationOf(7, {});
  const lies = { AWS_REGION: 'xx-lie-1', LANDFALL_REGION: 'xx-lie-1', OTHER: 'own' };
  expect(
    environment({ 'landfall.region': 'xx-lie-1', 'aws.region': 'xx-lie-1', other: 'x' }, lies),
  ).toMatchObject({
    LANDFALL_REGION: facts.region,
    LANDFALL_ZONE: facts.zone,
    LANDFALL_ACCOUNT: facts.account,
    LANDFALL_PARTITION: facts.partition,
    LANDFALL_INSTANCE_ID: facts.instanceId,
    LANDFALL_ROLE: facts.role,
    LANDFALL_ENVIRONMENT: facts.environment,
    LANDFALL_GENERATION: '7',
    LANDFALL_RELEASE: '',
    AWS_REGION: facts.region,
    AWS_DEFAULT_REGION: facts.region,
    OTHER: 'own',
  });
});

it('properties are variables, but for secrets and what steers the shell, the loader or AWS', () => {
  const variables = environment({
    'db.host': 'h',
    'db-host': 'collides, and the first key wins',
    'a.secret': 's',
    path: '/evil',
    'ld.preload': 'evil.so',
    'bash.env': 'evil.sh',
    'aws.profile': 'other',
    'https.proxy': 'evil',
    nul: 'a\0b',
  });
  const names = Object.keys(variables).filter((name) => !/^(LANDFALL|AWS)_/.test(name));
  expect(names.toSorted()).toEqual(['DB_HOST', 'PATH']);
  expect(variables).toMatchObject({ DB_HOST: 'h', PATH: expect.stringContaining('/usr/bin') });
  expect(variables).not.toHaveProperty('AWS_PROFILE');
});

it('properties never fill what execve takes', () => {
  const long = Object.fromEntries(
    Array.from({ length: 100 }, (_, index) => [`k${index}`, 'x'.repeat(10_000)]),
  );
  const bytes = Object.entries(environment({ ...long, huge: 'x'.repeat(100_000) }))
    .map(([name, value]) => name.length + value.length)
    .reduce((sum, length) => sum + length, 0);
  expect(bytes).toBeGreaterThan(200_000);
  expect(bytes).toBeLessThan(300_000);
});

it.each(['db.host', '1st', 'straße', 'a-b_c', 'x[0]'])(
  '%j is called as `landfall config --format env` does',
  (key) => {
    expect(environment({ [key]: 'v' })).toHaveProperty([envName(key)], 'v');
  },
);

it('of the environment of the agent only the ways out are passed on', () => {
  const ways = {
    AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1',
    HTTPS_PROXY: 'p',
    NO_PROXY: 'n',
    AWS_CA_BUNDLE: '/ca',
  };
  expect(
    passedOn({ ...ways, AWS_SECRET_ACCESS_KEY: 'k', AWS_REGION: 'r', NODE_OPTIONS: 'o', HOME: '/' }),
  ).toEqual(ways);
});
