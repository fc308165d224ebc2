import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import { chmod, readdir, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { createAccounts } from '#agent/apply/commands/account.ts';
import type { Command } from '#agent/apply/commands/command.ts';
import { createCommandRunner } from '#agent/apply/commands/command-runner.ts';
import { commandChild, openCommandHost } from '../support/command-host.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { elapse, until } from '../support/patience.ts';

const ENV = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' };
const never = new AbortController().signal;

function shell(line: string, more: Partial<Command> = {}): Command {
  return { label: 't', argv: ['/bin/sh', '-c', line], cwd: '/', env: ENV, timeoutMs: 600_000, ...more };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('a command', () => {
  it('ends with its exit code, and every line is handed on by stream', async () => {
    await using commands = await openCommandHost();
    const result = await commands.run(shell('echo one; echo two >&2; printf three; exit 3'), never);
    expect(result.end).toEqual({ kind: 'exited', code: 3 });
    expect(commands.output.toSorted()).toEqual(['t stderr two', 't stdout one', 't stdout three']);
    expect(result.tail.split(/\n/).toSorted().join()).toContain('two');
  });

  it('may open /dev/stdout and /dev/stderr, which are pipes and no sockets', async () => {
    await using commands = await openCommandHost();
    const result = await commands.run(shell('echo a >/dev/stdout && echo b >/dev/stderr'), never);
    expect(result.end).toEqual({ kind: 'exited', code: 0 });
    expect(commands.output.toSorted()).toEqual(['t stderr b', 't stdout a']);
  });

  it('inherits nothing but a login: no variable, no input, no terminal', async () => {
    await using commands = await openCommandHost();
    await commands.run(shell('cat; env | cut -d= -f1 | sort | tr "\\n" " "; [ -t 1 ] || echo none'), never);
    expect(commands.output).toEqual(['t stdout HOME LOGNAME PATH PWD USER none']);
  });

  it('that dies of a signal says of which', async () => {
    await using commands = await openCommandHost();
    const result = await commands.run(shell('kill -SEGV $$'), never);
    expect(result.end).toEqual({ kind: 'killed', signal: 'SIGSEGV' });
  });

  it.each<[string, Partial<Command>, string]>([
    ['that is not there', { argv: ['/no/such/program'] }, 'ENOENT'],
    ['that may not be executed', { argv: ['/etc/passwd'] }, 'EACCES'],
    ['in a folder that is not there', { cwd: '/no/such/folder' }, '/no/such/folder is no folder'],
    ['of a user that is not there', { user: 'nobody-such' }, 'there is no user nobody-such'],
    ['whose arguments are too long', { argv: ['/bin/true', 'x'.repeat(200_000)] }, 'E2BIG'],
    ['with a NUL in its environment', { env: { A: 'a\0b' } }, 'ERR_INVALID_ARG_VALUE'],
  ])('%s did not start, and nothing is thrown', async (_name, more, reason) => {
    await using commands = await openCommandHost();
    const { end } = await commands.run(shell('true', more), never);
    expect(end).toEqual({ kind: 'unstarted', reason });
  });

  it('leaves nothing behind in the run folder', async () => {
    await using commands = await openCommandHost();
    await commands.run(shell('true'), never);
    expect(await readdir(commands.folder)).toEqual([]);
  });

  it('takes what is no UTF-8 for U+FFFD', async () => {
    await using commands = await openCommandHost();
    await commands.run(shell(String.raw`printf 'a\377b\303\251\n'`), never);
    expect(commands.output).toEqual(['t stdout a\uFFFDbé']);
  });

  it('keeps the last 4 KiB of what it wrote', async () => {
    await using commands = await openCommandHost();
    const { tail } = await commands.run(shell('seq 1 5000'), never);
    expect(Buffer.byteLength(tail)).toBe(4096);
    expect(tail.endsWith('4999\n5000\n')).toBe(true);
  });

  it('may write 200 MB without the memory growing with it', async () => {
    await using commands = await openCommandHost();
    const child = commandChild('flood', commands.folder);
    let printed = '';
    child.stdout.on('data', (chunk) => (printed += String(chunk)));
    await once(child, 'close');
    const [up, grownKiB] = printed.split('\n');
    expect(up).toBe('up');
    expect(Number(grownKiB)).toBeLessThan(32 * 1024);
  });
});

describe('the end of a process group', () => {
  it('comes at the timeout, for grandchildren that ignore SIGTERM too', async () => {
    const clock = new FakeClock();
    await using commands = await openCommandHost(clock);
    const line =
      '(trap "" TERM; echo $BASHPID; sleep 1000) & (trap "" TERM; while :; do sleep 1000; done) & echo up; wait';
    const running = commands.run(shell(line, { argv: ['/bin/bash', '-c', line], timeoutMs: 1000 }), never);
    await until(() => commands.output.length === 2);
    const pid = Number(commands.output.find((text) => /\d+$/.test(text))?.split(' ')[2]);
    await clock.advance(999);
    expect(isAlive(pid)).toBe(true);
    await clock.advance(1);
    await clock.advance(4949);
    expect(isAlive(pid)).toBe(true);
    // The grace began when the group had been told, which takes real time.
    expect(await elapse(clock, running)).toMatchObject({ end: { kind: 'timeout', afterMs: 1000 } });
    await until(() => !isAlive(pid));
  });

  it('leaves time to those that clean up on SIGTERM', async () => {
    await using commands = await openCommandHost();
    const line = 'trap "echo bye; exit 0" TERM; echo up; while :; do sleep 0.01; done';
    const stop = new AbortController();
    const running = commands.run(shell(line), stop.signal);
    await until(() => commands.output.length === 1);
    stop.abort();
    expect((await running).end).toEqual({ kind: 'stopped' });
    expect(commands.output).toContain('t stdout bye');
  });

  it('is asked for before it began: nothing is started', async () => {
    await using commands = await openCommandHost();
    const { end } = await commands.run(shell('echo x'), AbortSignal.abort());
    expect(end).toEqual({ kind: 'stopped' });
    expect(commands.output).toEqual([]);
  });

  it('is not waited for by a command that leaves something in the background', async () => {
    const clock = new FakeClock();
    await using commands = await openCommandHost(clock);
    const running = commands.run(shell('sleep 1000 & echo $!; exit 5'), never);
    await until(() => commands.output.length === 1 && clock.sleeping > 0);
    const pid = Number(commands.output[0]?.split(' ')[2]);
    await elapse(clock, running);
    expect((await running).end).toEqual({ kind: 'exited', code: 5 });
    expect(isAlive(pid)).toBe(true);
    process.kill(pid, 'SIGKILL');
  });

  it('does not kill what it leaves in the background with its next lines of output', async () => {
    const clock = new FakeClock();
    await using commands = await openCommandHost(clock);
    const file = `${commands.folder}/ticks`;
    const loop = `while echo tick; echo tick >&2; do echo tick >>${file}; sleep 0.02; done`;
    const running = commands.run(shell(`(${loop}) & echo $!`), never);
    await until(() => commands.output.length >= 3 && clock.sleeping > 0);
    await elapse(clock, running);
    const pid = Number(/\d+/.exec(commands.output.find((line) => /\d/.test(line)) ?? '')?.[0]);
    const ticks = (): number => readFileSync(file, 'utf8').split('\n').length;
    const before = ticks();
    await until(() => ticks() > before + 10);
    expect(isAlive(pid)).toBe(true);
    process.kill(pid, 'SIGKILL');
  });
});

const isRoot = process.geteuid?.() === 0;
if (!isRoot) console.warn('SKIPPED, needs root: commands of another user');

describe.skipIf(!isRoot)('the user of a command', () => {
  it('is taken on with all its groups, its home and its name', async () => {
    await using commands = await openCommandHost();
    await writeFile(
      `${commands.folder}/passwd`,
      'app:x:4711:4712::/srv/app:/bin/sh\nroot:x:0:0::/root:/bin/sh\n',
    );
    await writeFile(`${commands.folder}/group`, 'app:x:4712:\ndocker:x:4713:other,app\nadm:x:4:other\n');
    await chmod(commands.folder, 0o755);
    const output: string[] = [];
    const run = createCommandRunner({
      clock: commands.host.clock,
      accounts: createAccounts(commands.folder),
      uid: 0,
      kill: process.kill.bind(process),
      runDir: commands.folder,
      onOutput: (_label, _stream, line) => output.push(line),
    });
    const line = 'id -u; id -g; id -G; echo $HOME $USER $LOGNAME; echo y >/dev/stderr';
    expect(await run(shell(line, { user: 'app' }), never)).toMatchObject({
      end: { kind: 'exited', code: 0 },
    });
    expect(output.toSorted()).toEqual(['/srv/app app app', '4711', '4712', '4712 4713', 'y'].toSorted());
  });

  it('cannot be another one for an agent that is not root', async () => {
    await using commands = await openCommandHost();
    const { clock, runDir } = commands.host;
    const options = { clock, runDir, accounts: createAccounts(), kill: () => true, onOutput: () => {} };
    const { end } = await createCommandRunner({ ...options, uid: 4711 })(
      shell('id', { user: 'root' }),
      never,
    );
    expect(end).toEqual({ kind: 'unstarted', reason: 'only root can run it as root' });
  });
});
