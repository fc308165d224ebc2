import { describe, expect, it } from 'vitest';
import { SETTINGS, flagOf } from '#agent/settings/catalogue.ts';
import { commandLine } from '../support/command-line.ts';

const COMMANDS = await commandsOfHelp();

/** As the program lists them, but for commander's own. */
async function commandsOfHelp(): Promise<readonly string[]> {
  const cli = commandLine();
  await cli.run('--help');
  const [, listed = ''] = cli.out().split('\nCommands:\n');
  return [...listed.matchAll(/^ {2}([a-z]+)\b/gm)]
    .map(([, name = '']) => name)
    .filter((name) => name !== 'help');
}

describe('help', () => {
  it.each(COMMANDS)('of %s has an example and says how to get at the settings', async (name) => {
    const cli = commandLine();
    expect(await cli.run(name, '--help')).toBe(0);
    expect(cli.out()).toContain(`Usage: landfall ${name}`);
    expect(cli.out()).toMatch(new RegExp(`Example:\\n.*landfall ${name}`));
    expect(cli.out()).toContain('--json');
    expect(cli.err()).toBe('');
  });

  it('of the program lists every command and every setting', async () => {
    const cli = commandLine();
    expect(await cli.run('--help')).toBe(0);
    expect(COMMANDS.length).toBeGreaterThanOrEqual(18);
    for (const name of Object.keys(SETTINGS)) expect(cli.out()).toContain(`${flagOf(name)} <`);
  });

  it('is what a bare `landfall` gets, as an error', async () => {
    const cli = commandLine();
    expect(await cli.run()).toBe(2);
    expect(cli.out()).toBe('');
    expect(cli.err()).toContain('Usage: landfall');
    expect(cli.err()).not.toContain('LF_USAGE');
  });
});

describe('a wrong command line', () => {
  it.each([
    [['frob'], "unknown command 'frob'"],
    [['stats'], "unknown command 'stats'"],
    [['status', '--colour'], "unknown option '--colour'"],
    [['get'], "missing required argument 'key'"],
    [['get', 'a', 'b'], "too many arguments for 'get'. Expected 1 argument but got 2"],
    [['set', 'a', '1'], "required option '--for <duration>' not specified"],
    [['config', '--format', 'xml'], "option '--format <format>' argument 'xml' is invalid"],
    [['completion', 'ksh'], "'ksh' is invalid"],
    [['run', '--source'], "option '--source <s3://bucket/prefix>' argument missing"],
  ])('%j ends with 2 and one line like every error', async (args, cause) => {
    const cli = commandLine();
    expect(await cli.run(...args)).toBe(2);
    expect(cli.out()).toBe('');
    expect(cli.err()).toMatch(
      /^landfall: read the command line: [^\n]* See `landfall --help`\. \[LF_USAGE\]\n$/,
    );
    expect(cli.err()).toContain(cause);
  });

  it('suggests what was meant', async () => {
    const cli = commandLine();
    await cli.run('statis');
    expect(cli.err()).toContain('(Did you mean status?)');
  });

  it('is an object with --json', async () => {
    const cli = commandLine();
    expect(await cli.run('get', '--json')).toBe(2);
    expect(JSON.parse(cli.err())).toMatchObject({ error: { code: 'LF_USAGE', subject: 'the command line' } });
  });
});

describe('version', () => {
  it('is one line, or an object', async () => {
    const cli = commandLine();
    expect(await cli.run('version')).toBe(0);
    expect(await cli.run('version', '--json')).toBe(0);
    expect(cli.out()).toBe('landfall 1.2.3\n{"version":"1.2.3"}\n');
  });

  it('takes the shared options before the command as well as after it', async () => {
    const cli = commandLine();
    await cli.run('--json', 'version');
    expect(cli.out()).toBe('{"version":"1.2.3"}\n');
  });
});

describe('run and bootstrap without what they need', () => {
  it.each(['run', 'bootstrap'])('%s ends at once with 2 and says all of it', async (name) => {
    const cli = commandLine();
    expect(await cli.run(name, '--layers', 'base,{planet}', '--trusted-keys', 'k')).toBe(2);
    expect(cli.err()).toContain('source is not set');
    expect(cli.err()).toContain("no placeholder '{planet}' exists");
    expect(cli.err()).toContain('trustedKeys: ');
    expect(cli.err()).toContain('[LF_SETTINGS]');
  });

  it.each([
    ['http://bucket/prefix', 'it is neither an S3 address nor an absolute path'],
    ['s3://B/p', 'is no bucket'],
    ['s3://arn:aws:s3:us-east-1:1:accesspoint/x', 'an ARN may lead to another region'],
    ['s3://bucket-{planet}/p', 'it has the unknown placeholder {planet}'],
  ])('a source that no instance could use is refused before anything is asked: %s', async (source, cause) => {
    const cli = commandLine();
    expect(await cli.run('run', '--source', source)).toBe(2);
    expect(cli.err()).toContain(cause);
    // No signal handler yet: it did not come as far as a daemon.
    expect(cli.handlers).toBe(0);
  });
});
