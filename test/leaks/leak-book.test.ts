import { describe, expect, it } from 'vitest';
import { FORGOTTEN_MS, LeakBook, type LeakRules, type Sight } from '#agent/leaks/leak-book.ts';
import type { Holder } from '#agent/leaks/socket-holders.ts';
import type { FarSocket } from '#agent/leaks/socket-sweep.ts';

const SOCKET: FarSocket = {
  protocol: 'tcp',
  address: '52.94.133.131',
  port: 443,
  region: 'us-east-1',
  service: 'DYNAMODB',
  uid: '1000',
  inode: '7',
};
const JAVA: Holder = { pid: 41, process: 'java', unit: 'payroll.service' };
const NO_RULES: LeakRules = { allow: [], keys: [] };

const sight = (sockets: readonly Partial<FarSocket>[], more: Partial<Sight> = {}): Sight => ({
  sockets: sockets.map((socket) => ({ ...SOCKET, ...socket })),
  holders: new Map([['7', JAVA]]),
  names: [],
  keysOf: new Map(),
  ...more,
});
const noted = (rules: LeakRules, seen: Sight) => {
  const book = new LeakBook();
  book.note(seen, rules, 0);
  return [book.leaks.length, book.excused];
};

const hostOf = (key: string) => ({ keysOf: new Map([['52.94.133.131', [key]]]) });

describe('what is known of leaks', () => {
  it('is one finding of a process, a region and a service, however many addresses they have', () => {
    const book = new LeakBook();
    const addresses = Array.from({ length: 30 }, (_, index) => ({ address: `52.94.133.${index}` }));
    const { found } = book.note(sight(addresses), NO_RULES, 1000);
    expect(found).toHaveLength(1);
    expect(book.note(sight(addresses), NO_RULES, 2000)).toEqual({ found: [], ended: [] });
    expect(book.leaks).toMatchObject([
      {
        process: 'java',
        pid: 41,
        unit: 'payroll.service',
        region: 'us-east-1',
        service: 'DYNAMODB',
        open: 30,
        since: 1000,
      },
    ]);
    expect(book.leaks[0]?.to).toHaveLength(8);
  });

  it('is told by the key whose host has the address', () => {
    const keysOf = new Map([['52.94.133.131', ['db.host']]]);
    expect(new LeakBook().note(sight([{}], { keysOf }), NO_RULES, 0).found).toMatchObject([
      { keys: ['db.host'] },
    ]);
  });

  it('stays for some minutes after the last socket, and has ended then', () => {
    const book = new LeakBook();
    book.note(sight([{}]), NO_RULES, 0);
    expect(book.note(sight([]), NO_RULES, FORGOTTEN_MS - 1).ended).toEqual([]);
    expect(book.leaks).toMatchObject([{ open: 0, seenAt: 0 }]);
    expect(book.note(sight([]), NO_RULES, FORGOTTEN_MS).ended).toMatchObject([{ process: 'java' }]);
    expect(book.leaks).toEqual([]);
  });

  it('of a socket that is closed already goes to whoever was seen with that address, else to nobody', () => {
    const book = new LeakBook();
    const closed = { inode: '0', uid: '0' };
    book.note(sight([closed, {}]), NO_RULES, 0);
    expect(book.leaks).toMatchObject([{ process: 'java', open: 2 }]);
    const other = new LeakBook();
    other.note(sight([closed]), NO_RULES, 0);
    expect(other.leaks).toMatchObject([{ process: null, uid: null, open: 1 }]);
  });

  it.each([
    ['its region', { region: 'us-east-1' }, [0, 1]],
    ['every region', { region: '*' }, [0, 1]],
    ['another region', { region: 'us-west-2' }, [1, 0]],
    ['its unit', { region: 'us-*', unit: 'payroll.*' }, [0, 1]],
    ['another unit', { region: 'us-*', unit: 'billing.*' }, [1, 0]],
    ['its process and another service', { region: '*', process: 'java', service: 'S3' }, [1, 0]],
    ['its network', { region: '*', address: '52.94.0.0/16' }, [0, 1]],
    ['another network', { region: '*', address: '52.95.0.0/16' }, [1, 0]],
  ])('is excused by an entry for %s or not', (_, entry, expected) => {
    const rules = { allow: [{ reason: 'x', ...entry }], keys: [] };
    expect(noted(rules, sight([{}]))).toEqual(expected);
  });

  it('is excused by what the guard allows for the key whose host it is', () => {
    const keys = [{ key: 'billing.*', region: 'us-east-1', reason: 'x' }];
    expect(noted({ allow: [], keys }, sight([{}], hostOf('billing.host')))).toEqual([0, 1]);
    expect(noted({ allow: [], keys }, sight([{}], hostOf('db.host')))).toEqual([1, 0]);
  });

  it('has ended at once when it is excused', () => {
    const book = new LeakBook();
    book.note(sight([{}]), NO_RULES, 0);
    const rules = { allow: [{ region: 'us-east-1', reason: 'x' }], keys: [] };
    expect(book.note(sight([{}]), rules, 1).ended).toHaveLength(1);
    expect(book.leaks).toEqual([]);
  });

  it('is bounded, and counts what is beyond', () => {
    const book = new LeakBook();
    const many = Array.from({ length: 300 }, (_, index) => ({ service: `S${index}` }));
    book.note(sight(many), NO_RULES, 0);
    expect([book.leaks.length, book.left]).toEqual([200, 100]);
  });

  it('of names is told and ended at once', () => {
    const name = {
      host: 'db.acme.com',
      keys: ['db.host'],
      region: 'us-east-1',
      endsAt: 'x.us-east-1.rds.amazonaws.com',
    };
    const book = new LeakBook();
    expect(book.note(sight([], { names: [name] }), NO_RULES, 0).found).toMatchObject([
      { kind: 'name', host: 'db.acme.com', to: [name.endsAt] },
    ]);
    expect(book.note(sight([]), NO_RULES, 1).ended).toHaveLength(1);
  });
});
