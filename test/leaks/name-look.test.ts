import { describe, expect, it } from 'vitest';
import { lookAtNames, type Resolved } from '#agent/leaks/name-look.ts';
import { createResolver } from '#agent/leaks/resolver.ts';
import { hostsNamedBy } from '#config-service';
import { dnsServer } from '../support/dns-server.ts';

const SIGNAL = new AbortController().signal;
const RDS = 'payroll.c9akciq32abc.us-east-1.rds.amazonaws.com';

const regionOf = (address: string) => (address.startsWith('52.94.') ? 'us-east-1' : null);

function look(values: Readonly<Record<string, string>>, zone: Readonly<Record<string, Partial<Resolved>>>) {
  const asked: string[] = [];
  const named = Object.entries(values).map(([key, value]) => ({ key, value }));
  const resolve = async (host: string) => {
    asked.push(host);
    return { aliases: [], addresses: [], ...zone[host] };
  };
  return lookAtNames(named, 'eu-west-1', () => ({ regionOf }), resolve, SIGNAL).then((seen) => ({
    ...seen,
    asked,
  }));
}

describe('names of the configuration', () => {
  it('that are another word for a host of another region are found, with their keys', async () => {
    const { far } = await look(
      { 'db.url': 'jdbc:postgresql://u:p@db.acme.internal:5432/payroll', 'db.host': 'db.acme.internal' },
      { 'db.acme.internal': { aliases: ['db2.acme.com', RDS] } },
    );
    expect(far).toEqual([
      {
        host: 'db.acme.internal',
        keys: ['db.url', 'db.host'],
        region: 'us-east-1',
        endsAt: RDS,
      },
    ]);
  });

  it('whose address is of another region are found, too', async () => {
    const { far, keysOf } = await look(
      { 'queue.endpoint': 'queue.acme.com', 'web.host': 'www.acme.com' },
      { 'queue.acme.com': { addresses: ['52.94.133.131'] }, 'www.acme.com': { addresses: ['3.4.12.4'] } },
    );
    expect(far).toMatchObject([{ host: 'queue.acme.com', endsAt: '52.94.133.131', region: 'us-east-1' }]);
    expect(keysOf.get('3.4.12.4')).toEqual(['web.host']);
  });

  it('of this region’s own endpoints, of classes and of files are not asked for, and no more than 200', async () => {
    const { asked } = await look(
      {
        a: 'https://sqs.eu-west-1.amazonaws.com/q',
        main: 'com.acme.Main',
        file: 'application.yml',
        version: '1.2.3',
      },
      {},
    );
    expect(asked).toEqual([]);
    const many = Object.fromEntries(
      Array.from({ length: 250 }, (_, index) => [`k${index}.host`, `h${index}.acme.com`]),
    );
    const { names, left } = await look(many, {});
    expect([names, left]).toEqual([200, 50]);
  });

  it.each([
    ['url', 'https://user:pass@Api.Acme.com:8443/x?y=z.acme.org', ['api.acme.com']],
    ['kafka', 'b1.acme.com:9092,b2.acme.com:9092', ['b1.acme.com', 'b2.acme.com']],
    ['bootstrapServers', 'b1.acme.com, b2.acme.com', ['b1.acme.com', 'b2.acme.com']],
    ['text', 'see dynamodb.us-east-1.amazonaws.com', ['dynamodb.us-east-1.amazonaws.com']],
    ['mail.from', 'ops@acme.com', []],
    ['log.pattern', '%d{HH:mm:ss.SSS} %logger.name', []],
    ['db.host', '10.0.0.1', []],
  ])('are read out of %s', (key, value, hosts) => {
    expect(hostsNamedBy(key, value)).toEqual(hosts);
  });

  it('are followed from alias to alias by the resolver of the host', async () => {
    await using server = await dnsServer((name) =>
      name === 'db.acme.com'
        ? { alias: RDS, addresses: ['52.94.133.131'], ttl: 1 }
        : name === RDS
          ? { addresses: ['52.94.133.131'], ttl: 1 }
          : undefined,
    );
    const resolve = createResolver([server.address]);
    expect(await resolve('db.acme.com', SIGNAL)).toEqual({ aliases: [RDS], addresses: ['52.94.133.131'] });
    expect(await resolve('nobody.acme.com', SIGNAL)).toEqual({ aliases: [], addresses: [] });
  });
});
