import { describe, expect, it } from 'vitest';
import type { Resolution } from '../../../scripts/ops/across/resolvers.ts';
import { readYamlTree } from '../../../scripts/ops/across/yaml-tree.ts';
import type { DnsRecord } from '../../../scripts/ops/cutover/dns-record.ts';
import { answeredStep, isAt, readingOf } from '../../../scripts/ops/cutover/name-steps.ts';
import { readRunbookName, type RunbookName } from '../../../scripts/ops/cutover/runbook-name.ts';

const ALIAS = { alias: 'Lb-1.elb.amazonaws.com.', zone: 'Z35' };

function nameOf(dns: Readonly<Record<string, unknown>>): RunbookName {
  const read = readYamlTree(
    JSON.stringify({ zone: 'Z1', name: 'pay.example.com', resolvers: ['192.0.2.1'], ...dns }),
  );
  return readRunbookName('tree' in read ? read.tree : undefined, 'payroll.yaml');
}

const record = (type: DnsRecord['type'], target: DnsRecord['target'], ttl?: number): DnsRecord => {
  return { type, target, ttl, set: { Name: 'pay.example.com.', Type: type } };
};

function said(addresses: readonly string[]): Resolution {
  return { resolver: '192.0.2.1', addresses, ttl: 60, trouble: addresses.length > 0 ? null : 'ENODATA' };
}

describe('the name of a runbook', () => {
  it('with both kinds of address has two records, in one spelling', () => {
    const { records } = nameOf({
      from: ['203.0.113.7', '2001:DB8:0:0::7'],
      to: ['2001:db8::9', '198.51.100.9'],
    });
    expect(records).toEqual([
      { type: 'A', from: { values: ['203.0.113.7'] }, to: { values: ['198.51.100.9'] } },
      { type: 'AAAA', from: { values: ['2001:db8::7'] }, to: { values: ['2001:db8::9'] } },
    ]);
  });

  it.each([
    [{ from: ['203.0.113.7', '2001:db8::7'], to: ['198.51.100.9'] }, 'dns.to has no value of AAAA'],
    [{ type: 'A', from: ['203.0.113.7'], to: ['2001:db8::9'] }, 'no value of A'],
    [{ type: 'CNAME', from: 'a.example.com', to: ALIAS }, 'no alias'],
    [{ type: 'TXT', from: 'a', to: 'b' }, 'A, AAAA and CNAME can be moved'],
    [{ from: ALIAS, to: { alias: 'lb-1.elb.amazonaws.com', zone: 'Z35' } }, 'are the same'],
    [{ from: ALIAS, to: { alias: 'lb-2.elb.amazonaws.com' } }, 'dns.to.zone is missing'],
  ])('is refused: %j', (dns, words) => {
    expect(() => nameOf(dns)).toThrow(words);
  });

  it('is an alias of another name where Route 53 asks for its health, or does not', () => {
    const dns = nameOf({ from: { ...ALIAS, evaluate: 'false' }, to: ['198.51.100.9'] });
    const [moved] = dns.records;
    const at = (evaluates: boolean) =>
      readingOf(
        [
          {
            moved,
            found: record('A', { values: ['lb-1.elb.amazonaws.com'], alias: { zone: 'Z35', evaluates } }),
          },
        ],
        dns,
      );
    expect([isAt(at(false), dns, 'from'), at(false).kind]).toEqual([true, 'records']);
    expect(at(true)).toMatchObject({
      kind: 'strange',
      reading: {
        detail: expect.stringContaining('alias lb-1.elb.amazonaws.com in Z35, with its health') as string,
      },
    });
  });

  it('whose records have several TTLs is left alone: they are put back as one', () => {
    const dns = nameOf({ from: ['203.0.113.7', '2001:db8::7'], to: ['198.51.100.9', '2001:db8::9'] });
    const found = dns.records.map((moved, at) => {
      return { moved, found: record(moved.type, moved.from, at === 0 ? 300 : 60) };
    });
    expect(JSON.stringify(readingOf(found, dns))).toContain('300s and 60s');
  });

  it('as an alias is there when a resolver has any of the addresses of what it leads to', () => {
    const dns = nameOf({ from: ['203.0.113.7'], to: ALIAS });
    const stateOf = (addresses: readonly string[], expected: readonly string[]) =>
      answeredStep([{ type: 'A', said: said(addresses), expected, isAlias: true }], dns, 'to', true).state;
    expect(stateOf(['198.51.100.2'], ['198.51.100.1', '198.51.100.2'])).toBe('done');
    expect(stateOf(['203.0.113.7'], ['198.51.100.1'])).toBe('waiting');
    expect([stateOf([], []), stateOf([], ['198.51.100.1'])]).toEqual(['waiting', 'waiting']);
  });
});
