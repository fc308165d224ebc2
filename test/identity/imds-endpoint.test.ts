import { globSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { imdsEndpoint } from '#agent/identity/imds.ts';

const ENDPOINT = 'AWS_EC2_METADATA_SERVICE_ENDPOINT';
const MODE = 'AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE';

describe('the endpoint of the metadata service', () => {
  test.each([
    ['nothing is set', {}, 'http://169.254.169.254'],
    ['both are empty', { [ENDPOINT]: '', [MODE]: ' ' }, 'http://169.254.169.254'],
    ['the mode is IPv4', { [MODE]: 'IPv4' }, 'http://169.254.169.254'],
    ['the mode is IPv6', { [MODE]: 'IPv6' }, 'http://[fd00:ec2::254]'],
    ['the mode is written in another case', { [MODE]: 'ipv6' }, 'http://[fd00:ec2::254]'],
    [
      'an endpoint is set beside a mode',
      { [ENDPOINT]: 'http://127.0.0.1:1338/', [MODE]: 'IPv6' },
      'http://127.0.0.1:1338',
    ],
    ['the endpoint has a path', { [ENDPOINT]: 'http://localhost:1338/imds//' }, 'http://localhost:1338/imds'],
    ['the endpoint is an IPv6 address', { [ENDPOINT]: 'http://[::1]:80' }, 'http://[::1]'],
  ])('when %s', (_case, env, expected) => {
    expect(imdsEndpoint(env)).toEqual({ kind: 'ok', value: expected });
  });

  test.each([
    ['no URL', { [ENDPOINT]: '127.0.0.1:1338' }, ENDPOINT],
    ['not http', { [ENDPOINT]: 'https://127.0.0.1' }, ENDPOINT],
    ['with a password', { [ENDPOINT]: 'http://me:secret@127.0.0.1' }, ENDPOINT],
    ['with a query', { [ENDPOINT]: 'http://127.0.0.1/?x=1' }, ENDPOINT],
    ['a mode that does not exist', { [MODE]: 'IPv5' }, MODE],
    ['a mode that every object has', { [MODE]: 'constructor' }, MODE],
  ])('is refused as a setting when it is %s', (_case, env, subject) => {
    expect(imdsEndpoint(env)).toMatchObject({ kind: 'fail', fault: { code: 'LF_SETTINGS', subject } });
  });

  test('stands in imds.ts and nowhere else in the product', () => {
    const files = globSync(['agent/**/*.ts', 'config-service/**/*.ts']);
    const naming = files.filter((file) =>
      /169\.254\.169\.254|fd00:ec2::254/.test(readFileSync(file, 'utf8')),
    );
    expect(naming).toEqual(['agent/identity/imds.ts']);
  });
});
