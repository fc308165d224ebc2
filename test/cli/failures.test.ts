import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openLoopback } from '../../agent/cli/agent-door.ts';
import { IS_ROOT, listenerOfAnother, OTHER_UID } from '../support/crowd.ts';
import { cliBench } from '../support/cli-bench.ts';
import { commandLine } from '../support/command-line.ts';
import { loopbackServer } from '../support/loopback-server.ts';

/** Nobody listens on port 9 of loopback, nor on this socket. */
const NOBODY = { LANDFALL_SOCKET: '/nowhere/landfall.sock', LANDFALL_LISTEN: '127.0.0.1:9' };

const DEAF = `const s = require('node:net').createServer().listen(0, '127.0.0.1', () => console.log(s.address().port))`;

const COMMANDS = [
  ['get', 'a'],
  ['config'],
  ['explain', 'a'],
  ['status'],
  ['refresh'],
  ['watch'],
  ['set', 'a', '1', '--for', '1h', '--reason', 'r'],
  ['unset', 'a'],
];

describe('without an agent', () => {
  it.each(COMMANDS)('%s ends with 8 and says where it looked', async (...args) => {
    const cli = commandLine(NOBODY);
    expect(await cli.run(...args)).toBe(8);
    expect(cli.out()).toBe('');
    expect(cli.err()).toBe(
      'landfall: reach the agent: nothing answers on /nowhere/landfall.sock or 127.0.0.1:9 (ECONNREFUSED). ' +
        'Start it with `landfall run`, or look at `systemctl status landfall`. [LF_AGENT_NOT_RUNNING]\n',
    );
  });

  it.each(COMMANDS)('%s --json says the same as an object, on stderr', async (...args) => {
    const cli = commandLine(NOBODY);
    expect(await cli.run(...args, '--json')).toBe(8);
    expect(cli.out()).toBe('');
    expect(JSON.parse(cli.err())).toMatchObject({
      error: { code: 'LF_AGENT_NOT_RUNNING', operation: 'reach' },
    });
  });

  it('and without a port only the socket is named', async () => {
    const cli = commandLine({ ...NOBODY, LANDFALL_LISTEN: '' });
    expect(await cli.run('status')).toBe(8);
    expect(cli.err()).toContain('nothing answers on /nowhere/landfall.sock (ENOENT)');
  });
});

describe('another program in the place of the agent', () => {
  it.each([
    ['a page', 404, '<html>', 'it answered 404'],
    ['JSON of its own', 500, '{"error":"x"}', 'it answered 500'],
    ['JSON that is no object', 503, 'null', 'it answered 503'],
  ])('that answers %s is unexpected, not a crash', async (_, status, body, cause) => {
    await using server = await loopbackServer(
      (_request, response) => void response.writeHead(status).end(body),
    );
    const cli = commandLine({ ...NOBODY, LANDFALL_LISTEN: server.url.host });
    expect(await cli.run('status')).toBe(1);
    expect(cli.err()).toContain(cause);
    expect(cli.err()).toContain('[LF_UNEXPECTED]');
  });

  it.runIf(IS_ROOT)('of another user is asked for nothing, and told no token', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'landfall-other-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    await writeFile(join(folder, 'token'), 'secret');
    const other = await listenerOfAnother();
    const address = `127.0.0.1:${other.port}`;
    const cli = commandLine({ ...NOBODY, LANDFALL_LISTEN: address, LANDFALL_RUN_DIR: folder });
    expect(await cli.run('exec', '--wait', '0s', '--', 'true')).toBe(8);
    expect(cli.err()).toContain(`a program of user ${OTHER_UID} listens on ${address} in its place`);
    expect(cli.err()).toContain('[LF_AGENT_NOT_RUNNING]');
    expect(other.asked()).toBe('');
  });

  it.runIf(IS_ROOT)('of another user on the socket is not asked either', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'landfall-other-'));
    const path = join(folder, 'landfall.sock');
    const other = createServer((_request, response) => void response.end('{}'));
    await new Promise<void>((resolve) => other.listen(path, resolve));
    onTestFinished(async () => {
      await new Promise((resolve) => other.close(resolve));
      await rm(folder, { recursive: true });
    });
    await chown(path, OTHER_UID, OTHER_UID);
    const cli = commandLine({ ...NOBODY, LANDFALL_SOCKET: path });
    expect(await cli.run('config')).toBe(8);
    expect(cli.err()).toContain(`a program of user ${OTHER_UID} listens on ${path} in its place`);
  });

  it.runIf(IS_ROOT)('of the owner of the run folder is the agent', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'landfall-other-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    await chown(folder, OTHER_UID, OTHER_UID);
    const other = await listenerOfAnother();
    const cli = commandLine({
      ...NOBODY,
      LANDFALL_LISTEN: `127.0.0.1:${other.port}`,
      LANDFALL_RUN_DIR: folder,
    });
    expect(await cli.run('config', '--format', 'json')).toBe(0);
    expect(other.asked()).not.toBe('');
  });

  it('that never accepts is waited for no longer than one that never answers', async () => {
    // The kernel completes connections for a program that is stopped.
    const child = spawn(process.execPath, ['-e', DEAF], { stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    const [port] = (await once(child.stdout, 'data')) as [Buffer];
    child.kill('SIGSTOP');
    const door = { host: '127.0.0.1', port: Number(port?.toString()) };
    const opening = openLoopback(door, { runDir: '/nowhere', uid: 0 }, AbortSignal.timeout(300));
    await expect(opening).rejects.toThrow('aborted due to timeout');
  });

  it('that hangs up in the middle counts as no agent', async () => {
    await using server = await loopbackServer((request, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('half', () => request.socket.destroy());
    });
    const cli = commandLine({ ...NOBODY, LANDFALL_LISTEN: server.url.host });
    expect(await cli.run('status')).toBe(8);
  });

  it('on the socket only, while the agent is on the port, is not asked further', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'landfall-other-'));
    const path = join(folder, 'landfall.sock');
    const other = createServer((_request, response) => void response.writeHead(500).end());
    await new Promise<void>((resolve) => other.listen(path, resolve));
    onTestFinished(async () => {
      await new Promise((resolve) => other.close(resolve));
      await rm(folder, { recursive: true });
    });
    const cli = commandLine({ ...NOBODY, LANDFALL_SOCKET: path });
    expect(await cli.run('status')).toBe(1);
  });

  it('a file that is no socket leads to the port', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'landfall-file-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    await writeFile(join(folder, 'landfall.sock'), '');
    const { api } = await cliBench();
    api.backend.activate({ a: '1' });
    const cli = commandLine({
      LANDFALL_SOCKET: join(folder, 'landfall.sock'),
      LANDFALL_LISTEN: `127.0.0.1:${api.tcp.port}`,
    });
    expect(await cli.run('get', 'a')).toBe(0);
  });
});

describe('a failure', () => {
  it('has a stack trace with --debug only', async () => {
    const cli = commandLine(NOBODY);
    await cli.run('status');
    expect(cli.err()).not.toMatch(/^ +at /m);
    await cli.run('status', '--debug');
    expect(cli.err()).toMatch(/^ +at /m);
  });

  it('is red on a terminal, and plain where stderr is a file', async () => {
    const red = '\u001B[31mlandfall:\u001B[0m';
    const both = commandLine(NOBODY, { colour: true, errIsTerminal: true });
    await both.run('status');
    expect(both.err()).toContain(red);
    const file = commandLine(NOBODY, { colour: true, errIsTerminal: false });
    await file.run('status');
    expect(file.err()).toMatch(/^landfall: /);
  });

  it('of a setting names it, for every command', async () => {
    const cli = commandLine({ ...NOBODY, LANDFALL_INTERVAL: 'soon' });
    expect(await cli.run('get', 'a')).toBe(2);
    expect(cli.err()).toContain('interval: must be a duration from 1s to 7d');
    expect(cli.err()).toContain('[LF_SETTINGS]');
  });

  it('of a settings file that was asked for names the file', async () => {
    const cli = commandLine(NOBODY);
    expect(await cli.run('status', '--config', '/nowhere/agent.yaml')).toBe(2);
    expect(cli.err()).toBe(
      'landfall: read /nowhere/agent.yaml: there is no such file. ' +
        'Correct the file, or name another with --config; see docs/settings.md. [LF_SETTINGS]\n',
    );
  });
});
