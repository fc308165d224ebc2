import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { freePort } from '../support/free-port.ts';
import type { Citizen } from './citizen.ts';
import { Payroll, TREE } from './payroll.ts';

const folder = mkdtempSync(join(tmpdir(), 'landfall-clients-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** An example of examples/clients, as its page says that it is run. */
interface Program {
  readonly name: string;
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Prints what it makes of the secret: by a URL and a file with a token, or without one. */
  readonly secret?: readonly string[];
  /** Prints what it makes of clients/typed-reads.json. The quick tests ask the client for JavaScript. */
  readonly typedReads?: readonly string[];
}

// Named here, not in the calls: knip would want them in package.json.
const PYTHON = 'python3';
const JDK = { compiler: 'javac', machine: 'java' };
const hasPython = spawnSync(PYTHON, ['--version']).status === 0;
const hasJava = spawnSync(JDK.compiler, ['-version']).status === 0;
if (!hasPython) console.warn('SKIPPED: no python3 on this machine, the client for Python is not run.');
if (!hasJava) console.warn('SKIPPED: no JDK on this machine, the client for Java is not run.');
const PROGRAMS: readonly Program[] = [
  javascript(),
  ...(hasPython ? [python()] : []),
  ...(hasJava ? [java()] : []),
];

let port: number;
let payroll: Payroll;
let citizen: Citizen;
beforeAll(async () => {
  port = await freePort();
  payroll = await Payroll.open({
    files: { ...TREE, 'base/secret.properties': 'db.password=${@ssm:/payroll/password}\n' },
  });
  payroll.sandbox.parameters.put('eu-west-1', '/payroll/password', 'hunter2');
  citizen = await payroll.run({ env: { LANDFALL_LISTEN: `127.0.0.1:${port}` } });
});
afterAll(() => payroll[Symbol.asyncDispose]());

function javascript(): Program {
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(resolve('clients/javascript'), join(folder, 'node_modules', 'landfall'));
  cpSync('examples/clients/pool.mjs', join(folder, 'pool.mjs'));
  return { name: 'JavaScript', command: [process.execPath, join(folder, 'pool.mjs')] };
}

function python(): Program {
  return {
    name: 'Python',
    command: [PYTHON, 'examples/clients/pool.py'],
    env: { PYTHONPATH: resolve('clients/python'), PYTHONDONTWRITEBYTECODE: '1' },
    secret: [PYTHON, 'test/e2e/clients/secret.py'],
    typedReads: [PYTHON, 'test/e2e/clients/typed_reads.py', 'clients/typed-reads.json'],
  };
}

/** Compiled for the oldest version that is promised. */
function java(): Program {
  const classes = join(folder, 'classes');
  const files = [
    'clients/java/LandfallClient.java',
    'examples/clients/Pool.java',
    'test/e2e/clients/Secret.java',
    'test/e2e/clients/TypedReads.java',
  ];
  const { stderr } = spawnSync(JDK.compiler, ['-Xlint:all', '--release', '11', '-d', classes, ...files], {
    encoding: 'utf8',
  });
  if (stderr !== '') throw new Error(stderr);
  const machine = [JDK.machine, '-cp', classes];
  return {
    name: 'Java',
    command: [...machine, 'Pool'],
    secret: [...machine, 'Secret'],
    typedReads: [...machine, 'TypedReads', 'clients/typed-reads.json'],
  };
}

/** Where a program finds its agent. */
interface Doors {
  readonly socket: string;
  readonly port: number;
}

/** All that a program has printed until now, line by line. */
function started({ command: [program = '', ...args], env = {} }: Program, at: Doors): readonly string[] {
  const child = spawn(program, args, {
    env: { ...process.env, LANDFALL_SOCKET: at.socket, LANDFALL_LISTEN: `127.0.0.1:${at.port}`, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    createInterface(stream).on('line', (line) => lines.push(line));
  return lines;
}

const put = (size: string): void => payroll.put('role/web/pool.properties', `pool.size=${size}\n`);

describe('a service that sizes its pool by the configuration', () => {
  it(`follows it through a kill and a stop of the agent: ${PROGRAMS.map(({ name }) => name).join(', ')}`, async () => {
    const outputs = PROGRAMS.map((program) => started(program, { socket: citizen.socket, port }));
    const expectSizes = (...sizes: readonly number[]): Promise<void> =>
      vi.waitFor(
        () => {
          for (const lines of outputs) expect(lines).toEqual(sizes.map((size) => `pool of ${size}`));
        },
        { timeout: 15_000, interval: 20 },
      );
    const restart = async (): Promise<void> => {
      citizen = await payroll.restart(citizen, { env: { LANDFALL_LISTEN: `127.0.0.1:${port}` } }).ready();
    };
    await expectSizes(5);
    put('8');
    await expectSizes(5, 8);
    put('many');
    await citizen.settles();
    await citizen.kill();
    put('12');
    await restart();
    await expectSizes(5, 8, 12);
    await citizen.agent.stop();
    await restart();
    put('13');
    await expectSizes(5, 8, 12, 13);
  });
});

/** An agent that gives each of these once, and then holds what it is asked. */
const ANSWERS: readonly ((response: ServerResponse) => void)[] = [
  (response) => response.end(documentOf('8')),
  (response) => response.end('{}'),
  (response) => response.end('null'),
  (response) => response.writeHead(503).end('{"code":"LF_NOT_READY"}'),
  (response) => response.writeHead(404).end('<html>'),
  (response) => {
    response.writeHead(200, { 'content-length': 1000 });
    response.write(documentOf('7'), () => setImmediate(() => response.destroy()));
  },
  (response) => response.end(documentOf('9')),
];
const documentOf = (size: string): string =>
  JSON.stringify({ generation: 1, digest: size, properties: { 'pool.size': size } });

async function failing(address: string | number): Promise<void> {
  let at = 0;
  const server: Server = createServer((_, response) => {
    response.setHeader('ETag', `W/"${at}"`);
    ANSWERS[at++]?.(response);
  });
  await new Promise<void>((resolved) => {
    if (typeof address === 'string') server.listen(address, resolved);
    else server.listen(address, '127.0.0.1', resolved);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
}

it('an agent that gives less, or half, takes nothing away', async () => {
  const sizes = PROGRAMS.map(async (program) => {
    const at = { socket: join(folder, `${program.name}.sock`), port: await freePort() };
    await failing(at.socket);
    await failing(at.port);
    const lines = started(program, at);
    await vi.waitFor(() => expect(lines).toEqual(['pool of 8', 'pool of 9']), {
      timeout: 15_000,
      interval: 20,
    });
  });
  await Promise.all(sizes);
});

it.each(PROGRAMS.filter(({ typedReads = [] }) => typedReads.length > 0))(
  '$name: a typed read is what the rows for all clients say',
  ({ typedReads: [program = '', ...args] = [], env = {} }) => {
    const { stdout, stderr } = spawnSync(program, args, {
      encoding: 'utf8',
      env: { ...process.env, ...env },
    });
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual(JSON.parse(readFileSync('clients/typed-reads.json', 'utf8')));
  },
);

it.each(PROGRAMS.filter(({ secret = [] }) => secret.length > 0))(
  '$name: a secret is there with a token, left out without, and a token that is wrong is an error',
  ({ secret: [program = '', ...args] = [], env = {} }) => {
    const wrong = join(folder, 'wrong');
    writeFileSync(wrong, 'wrong');
    const right = join(citizen.base, 'run', 'token');
    const told = spawnSync(program, [...args, `http://127.0.0.1:${port}`, right, wrong], {
      encoding: 'utf8',
      env: { ...process.env, ...env },
    });
    expect(told.stdout + told.stderr).toBe('hunter2\nnone LF_UNAUTHORIZED\nLF_UNAUTHORIZED\n');
  },
);
