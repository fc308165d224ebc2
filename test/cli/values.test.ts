import { describe, expect, it } from 'vitest';
import { cliBench } from '../support/cli-bench.ts';

describe('get', () => {
  it('prints the value and nothing else', async () => {
    const cli = await cliBench();
    cli.api.backend.activate({ 'db.host': 'db.internal', 'odd key/ü?': 'x y' });
    expect(await cli.run('get', 'db.host')).toBe(0);
    expect(cli.out()).toBe('db.internal\n');
    expect(await cli.run('get', 'odd key/ü?')).toBe(0);
    expect(cli.out()).toBe('db.internal\nx y\n');
    expect(cli.err()).toBe('');
  });

  it('with --json says where it comes from, as one line', async () => {
    const cli = await cliBench();
    cli.api.backend.activate({ 'db.host': 'db.internal' });
    expect(await cli.run('get', 'db.host', '--json')).toBe(0);
    expect(cli.out()).toMatch(/^\{.*\}\n$/);
    expect(JSON.parse(cli.out())).toEqual({
      key: 'db.host',
      value: 'db.internal',
      layer: 'base',
      file: 'app.properties',
      line: 1,
      generation: 1,
    });
  });

  it('of a key that is not there ends with 9, prints nothing to stdout, and guesses', async () => {
    const cli = await cliBench();
    cli.api.backend.activate({ 'db.host': 'db.internal' });
    expect(await cli.run('get', 'db.hots')).toBe(9);
    expect(cli.out()).toBe('');
    expect(cli.err()).toBe(
      'landfall: read db.hots: no layer of generation 1 sets it. Did you mean db.host? [LF_NO_SUCH_KEY]\n',
    );
  });

  it('before there is a configuration says what the agent waits for', async () => {
    const cli = await cliBench();
    expect(await cli.run('get', 'db.host')).toBe(4);
    expect(cli.out()).toBe('');
    expect(cli.err()).toContain('S3 does not answer');
    expect(cli.err()).toContain('[LF_SOURCE_UNREACHABLE]');
  });
});

describe('config', () => {
  const PROPERTIES = {
    a: '1',
    'db.host': 'db.internal',
    'db.note': { value: 'two\nlines', raw: 'x' },
    'db.list': { value: 'a,b', list: ['a', 'b'] },
  } as const;

  it('is a table: keys and values in columns, one line each, nothing at the end of a line', async () => {
    const cli = await cliBench();
    cli.api.backend.activate(PROPERTIES);
    expect(await cli.run('config')).toBe(0);
    expect(cli.out()).toBe(
      [
        'a        1',
        'db.host  db.internal',
        'db.list  ["a","b"]',
        String.raw`db.note  "two\nlines"`,
        '',
      ].join('\n'),
    );
  });

  it('can be narrowed to a prefix', async () => {
    const cli = await cliBench();
    cli.api.backend.activate(PROPERTIES);
    await cli.run('config', '--prefix', 'db.h');
    expect(cli.out()).toBe('db.host  db.internal\n');
  });

  it('that is empty is empty', async () => {
    const cli = await cliBench();
    cli.api.backend.activate({});
    expect(await cli.run('config')).toBe(0);
    expect(cli.out()).toBe('');
  });

  it.each([
    ['properties', 'db.host=db.internal\n'],
    ['env', 'DB_HOST='],
    ['yaml', 'db.host: '],
    ['json', '"db.host":"db.internal"'],
  ])('as %s is what the API gives, ended with one line end', async (format, expected) => {
    const cli = await cliBench();
    cli.api.backend.activate({ 'db.host': 'db.internal' });
    expect(await cli.run('config', '--format', format)).toBe(0);
    expect(cli.out()).toContain(expected);
    expect(cli.out()).toMatch(/[^\n]\n$/);
  });

  it('with --json is the document, whatever the format', async () => {
    const cli = await cliBench();
    cli.api.backend.activate({ a: '1' });
    await cli.run('config', '--json');
    expect(JSON.parse(cli.out())).toMatchObject({ generation: 1, properties: { a: '1' } });
  });

  it('is coloured on a terminal, and aligned all the same', async () => {
    const cli = await cliBench('socket', { colour: true });
    cli.api.backend.activate({ a: '1', bcd: '2' });
    await cli.run('config');
    expect(cli.out()).toBe('\u001B[36ma\u001B[0m    1\n\u001B[36mbcd\u001B[0m  2\n');
  });
});

describe('explain', () => {
  const winner = { layer: 'role/web', file: 'db.yaml', line: 3, object: 's3://b/p/role/web/db.yaml' };

  it('tells the story: who sets it, what that shadows, what it reads, since when', async () => {
    const cli = await cliBench();
    cli.api.backend.activate({
      'db.host': 'db',
      'db.url': {
        value: 'jdbc://db/x',
        raw: 'jdbc://${db.host}/${name:x}',
        winner,
        shadowed: [{ layer: 'base', file: 'app.properties', line: 12, raw: 'none', object: 'o' }],
        references: ['db.host', 'name'],
      },
    });
    expect(await cli.run('explain', 'db.url')).toBe(0);
    expect(cli.out()).toBe(
      [
        'db.url = jdbc://db/x',
        '  set by   role/web  db.yaml:3          jdbc://${db.host}/${name:x}  s3://b/p/role/web/db.yaml',
        '  shadows  base      app.properties:12  none',
        '  reads    db.host                      db',
        // The name stands for nothing: the default was taken.
        '  reads    name                         nothing',
        '  since 2026-11-21T00:00:00.000Z, generation 1',
        '',
      ].join('\n'),
    );
  });

  it('keeps values with line ends on their line', async () => {
    const cli = await cliBench();
    cli.api.backend.activate({ cert: { value: '-\n-', raw: '-\n-', winner } });
    await cli.run('explain', 'cert');
    expect(cli.out().split('\n')).toHaveLength(4);
  });

  it('shows a list as a list', async () => {
    const cli = await cliBench();
    cli.api.backend.activate({ hosts: { value: 'a,b', list: ['a', 'b'] } });
    await cli.run('explain', 'hosts');
    expect(cli.out()).toMatch(/^hosts = \["a","b"\]\n/);
  });

  it('with --json is the document of the API', async () => {
    const cli = await cliBench();
    cli.api.backend.activate({ a: '1' });
    await cli.run('explain', 'a', '--json');
    expect(JSON.parse(cli.out())).toMatchObject({ key: 'a', value: '1', generation: 1, shadowed: [] });
    expect(cli.out()).toMatch(/[^\n]\n$/);
  });

  it('of a key that is not there ends with 9', async () => {
    const cli = await cliBench();
    cli.api.backend.activate({});
    expect(await cli.run('explain', 'nope')).toBe(9);
  });
});
