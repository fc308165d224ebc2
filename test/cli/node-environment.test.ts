import { expect, it } from 'vitest';
import { environmentsOf } from '#agent/node-environment.ts';

const LOUD = {
  PATH: '/bin',
  NODE_EXTRA_CA_CERTS: '/ca.pem',
  OPENSSL_CONF: '/o.cnf',
  NODE_OPTIONS: '--x',
  A: undefined,
};
const GIVEN = { PATH: '/bin', NODE_EXTRA_CA_CERTS: '/ca.pem', OPENSSL_CONF: '/o.cnf', NODE_OPTIONS: '--x' };

it('an environment that says nothing to Node is taken as it is', () => {
  const plain = { PATH: '/bin', NODE_OPTIONS: '--x', NODE_ENV: 'production', LANDFALL_SOURCE: 's' };
  expect(environmentsOf(plain)).toEqual({ given: plain, quiet: undefined });
});

it('what Node would follow is set aside, and comes back for the program', () => {
  const { given, quiet } = environmentsOf(LOUD);
  expect(given).toEqual(GIVEN);
  expect(Object.keys(quiet ?? {}).filter((name) => /^(NODE_(?!OPTIONS)|OPENSSL)/.test(name))).toEqual([]);
  expect(environmentsOf(quiet ?? {})).toEqual({ given: GIVEN, quiet: undefined });
});
