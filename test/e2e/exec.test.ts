import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { LANDFALL, type Citizen } from './citizen.ts';
import { Payroll, TREE } from './payroll.ts';

let payroll: Payroll;
let citizen: Citizen;
let scratch: string;
beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'landfall-e2e-exec-'));
  payroll = await Payroll.open({
    files: { ...TREE, 'base/secret.properties': 'token=${@ssm:/payroll/token}\n' },
  });
  payroll.sandbox.parameters.put('eu-west-1', '/payroll/token', 'hunter2');
  citizen = await payroll.run();
});
afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
  return payroll[Symbol.asyncDispose]();
});

interface Running {
  readonly pid: number;
  readonly code: Promise<number | NodeJS.Signals | null>;
  out(): string;
  err(): string;
  signal(name: NodeJS.Signals): void;
  says(text: string): Promise<unknown>;
}

/** `landfall exec ARGS`, with the environment of the agent and what is given here. */
function exec(args: readonly string[], env: Readonly<Record<string, string>> = {}): Running {
  const child = spawn(LANDFALL, ['exec', ...args], {
    env: { ...citizen.agent.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  return {
    pid: child.pid ?? 0,
    code: new Promise((resolve) => child.once('close', (code, signal) => resolve(code ?? signal))),
    out: () => out,
    err: () => err,
    signal: (name) => void child.kill(name),
    says: (text) => vi.waitUntil(() => out.includes(text), { timeout: 20_000, interval: 10 }),
  };
}

const level = (value: string): void =>
  payroll.put('environment/prod/prod.properties', `log.level=${value}\n`);

describe('landfall exec', () => {
  it('runs a program with the configuration, secrets too, in the inherited environment', async () => {
    const run = exec(['--', '/usr/bin/env'], { INHERITED: 'yes', DB_PORT: 'inherited' });
    expect(await run.code, run.err()).toBe(0);
    const lines = run.out().split('\n');
    expect(lines).toContain('DB_PORT=5432');
    expect(lines).toContain('NGINX_UPSTREAMS=["a","b"]');
    expect(lines).toContain('TOKEN=hunter2');
    expect(lines).toContain('INHERITED=yes');
  });

  it('takes only what --prefix says, and hands options of the program to the program', async () => {
    const run = exec([
      '--prefix',
      'db.',
      '--',
      'sh',
      '-c',
      'echo "$DB_PORT $1 ${LOG_LEVEL-none}"',
      'x',
      '--json',
    ]);
    await run.code;
    expect(run.out()).toBe('5432 --json none\n');
  });

  it('becomes the program: its pid, its code, its signals, and nothing ignored', async () => {
    const run = exec(['--', 'sh', '-c', 'echo pid $$; grep SigIgn /proc/self/status; exec sleep 60']);
    await run.says('SigIgn:\t0000000000000000');
    expect(run.out()).toContain(`pid ${run.pid}\n`);
    await vi.waitUntil(() => readFileSync(`/proc/${run.pid}/comm`, 'utf8') === 'sleep\n', 10_000);
    run.signal('SIGTERM');
    expect(await run.code).toBe('SIGTERM');
    expect(await exec(['--', 'sh', '-c', 'exit 42']).code).toBe(42);
  });

  it('runs a script without #!, as a shell would', async () => {
    const script = join(scratch, 'plain');
    writeFileSync(script, 'echo plain $1\n', { mode: 0o755 });
    const run = exec(['--', script, 'x']);
    expect(await run.code, run.err()).toBe(0);
    expect(run.out()).toBe('plain x\n');
  });

  it('runs a program in a folder that was removed', async () => {
    const line = 'mkdir "$0" && cd "$0" && rmdir "$0" && exec "$@"';
    const inNoFolder = ['-c', line, join(scratch, 'gone'), LANDFALL, 'exec', '--', '/bin/echo', 'hi'];
    const { stdout, stderr } = spawnSync('sh', inNoFolder, { env: citizen.agent.env, encoding: 'utf8' });
    expect(stdout, stderr).toBe('hi\n');
  });

  it('says 127 and 126 like every shell, and 2 for what it does not understand', async () => {
    const missing = exec(['--', 'no-such-program']);
    expect(await missing.code).toBe(127);
    expect(missing.err()).toContain('LF_EXEC_MISSING');
    expect(await exec(['--', '/etc/passwd']).code).toBe(126);
    expect(await exec(['--on-change', 'SIGSOON', '--', 'true']).code).toBe(2);
    expect(await exec(['--on-change', 'KILL', '--', 'true']).code).toBe(2);
    expect(await exec(['--splay', 'soon', '--', 'true']).code).toBe(2);
    expect(await exec(['--grace', '-1s', '--', 'true']).code).toBe(2);
    expect(await exec([]).code).toBe(2);
  });

  it('ends with 8 when there is no agent within --wait', async () => {
    const run = exec(['--wait', '100ms', '--', 'true'], {
      LANDFALL_SOCKET: '/nonexistent.sock',
      LANDFALL_LISTEN: '',
    });
    expect(await run.code).toBe(8);
    expect(run.err()).toContain('LF_AGENT_NOT_RUNNING');
  });

  it('refuses two keys that want one variable, before the program starts', async () => {
    await using other = await Payroll.open({ files: { 'base/app.properties': 'db.host=a\ndb-host=b\n' } });
    const theirs = await other.run();
    const run = exec(['--', 'echo', 'started'], theirs.agent.env);
    expect(await run.code).toBe(5);
    expect(run.err()).toContain('LF_EXEC_ENVIRONMENT');
    expect(run.out()).toBe('');
  });

  it('hands a secret to nobody who may not read it, and says so', async () => {
    const { port } = citizen.tcp;
    const run = exec(['--', 'true'], {
      LANDFALL_SOCKET: '/nonexistent.sock',
      LANDFALL_LISTEN: `127.0.0.1:${port}`,
      LANDFALL_RUN_DIR: scratch,
    });
    expect(await run.code).toBe(2);
    expect(run.err()).toContain('LF_UNAUTHORIZED');
    const allowed = exec(['--', 'sh', '-c', 'echo $TOKEN'], {
      LANDFALL_SOCKET: '/nonexistent.sock',
      LANDFALL_LISTEN: `127.0.0.1:${port}`,
    });
    expect(await allowed.code, allowed.err()).toBe(0);
    expect(allowed.out()).toBe('hunter2\n');
  });
});

describe('landfall exec --on-change', () => {
  it('restart: a new program with the new environment; an irrelevant change is none', async () => {
    level('ONE');
    await citizen.serves('log.level', 'ONE');
    const script = 'echo start $LOG_LEVEL $$; while :; do sleep 0.05; done';
    const run = exec(['--prefix', 'log.', '--on-change', 'restart', '--', 'sh', '-c', script]);
    await run.says('start ONE');
    payroll.put('base/more.properties', 'irrelevant=yes\n');
    await citizen.serves('irrelevant', 'yes');
    level('TWO');
    await run.says('start TWO');
    expect(run.out().match(/^start/gm)).toHaveLength(2);
    run.signal('SIGTERM');
    expect(await run.code).toBe(143);
  });

  it('a signal: sent to the same program', async () => {
    level('THREE');
    await citizen.serves('log.level', 'THREE');
    const script = "trap 'echo hup' HUP; trap 'exit 6' INT; echo start; while :; do sleep 0.05; done";
    const run = exec(['--on-change', 'hup', '--', 'sh', '-c', script]);
    await run.says('start');
    level('FOUR');
    await run.says('hup');
    run.signal('SIGINT');
    expect(await run.code).toBe(6);
    expect(run.out()).toBe('start\nhup\n');
  });

  it('lives through a restart of the agent, and follows the next one', async () => {
    await using other = await Payroll.open();
    const first = await other.run();
    const script = 'echo start $LOG_LEVEL; while :; do sleep 0.05; done';
    const run = exec(['--on-change', 'restart', '--', 'sh', '-c', script], first.agent.env);
    await run.says('start WARN');
    await first.agent.stop();
    await vi.waitUntil(() => run.err().includes('LF_AGENT_NOT_RUNNING'), 10_000);
    other.put('environment/prod/prod.properties', 'log.level=BACK\n');
    await other.restart(first).ready();
    await run.says('start BACK');
    run.signal('SIGTERM');
    expect(await run.code).toBe(143);
  });
});
