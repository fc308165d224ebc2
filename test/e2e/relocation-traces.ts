import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join, relative } from 'node:path';
import { disguises } from '../support/disguises.ts';
import { dial, readUntil } from '../support/raw-http.ts';
import type { Citizen } from './citizen.ts';

/** `NAME: TEXT` for each text that shows in a named piece, in the name itself too. */
export function tracesIn(
  pieces: Iterable<readonly [name: string, bytes: Buffer | string]>,
  texts: readonly string[],
): readonly string[] {
  const wanted = texts.map((text) => [text, disguises(text)] as const);
  return [...pieces].flatMap(([name, content]) => {
    const bytes = Buffer.concat([Buffer.from(`${name}\n`), Buffer.from(content)]);
    return wanted
      .filter(([, shapes]) => shapes.some((shape) => bytes.includes(shape)))
      .map(([text]) => `${name}: ${text}`);
  });
}

/**
 * Everything below a folder, links and empty folders too, by path; what a link leads to is its content. What the fence
 * removes while this looks is gone.
 */
export function bytesBelow(folder: string): readonly (readonly [string, Buffer])[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).flatMap((name) => {
    const path = join(folder, name);
    try {
      const status = lstatSync(path);
      if (status.isSymbolicLink()) return [[name, Buffer.from(readlinkSync(path))] as const];
      return [[name, status.isFile() ? readFileSync(path) : Buffer.alloc(0)] as const];
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  });
}

/** Regular files below a folder, as text by path. */
export function textsBelow(folder: string): Readonly<Record<string, string>> {
  const files = bytesBelow(folder).filter(([name]) =>
    lstatSync(join(folder, name), { throwIfNoEntry: false })?.isFile(),
  );
  return Object.fromEntries(files.map(([name, bytes]) => [relative('.', name), bytes.toString()]));
}

const DOCUMENTS = [
  '/',
  '/healthz',
  '/readyz',
  '/metrics',
  '/v1/config',
  '/v1/config?format=yaml',
  '/v1/config?format=properties',
  '/v1/config?format=env',
  '/v1/layers',
  '/v1/identity',
  '/v1/status',
  '/v1/generations',
  '/v1/generations/1/diff',
  '/v1/generations/2/diff',
  '/v1/generations/99/diff',
  '/v1/nothing',
  '/v1/config/no.such.key',
  '/v1/explain/no.such.key',
];

/** Whom an answer is for: everybody on the host, somebody with the token, or who may open the socket. */
export type Asker = 'anybody' | 'token' | 'socket';

/** Whatever the API says, by request: documents, each of `keys`, events, writes that are refused, and the command line. */
export async function everyAnswer(
  citizen: Citizen,
  keys: readonly string[],
  asker: Asker,
): Promise<ReadonlyMap<string, string>> {
  const headers = asker === 'token' ? { authorization: `Bearer ${citizen.token}` } : {};
  const send = (path: string, method = 'GET') =>
    asker === 'socket' ? citizen.ask(path, { method }) : citizen.askTcp(path, { method, headers });
  const answers = new Map<string, string>();
  const note = async (path: string, method = 'GET', extra = ''): Promise<void> => {
    const answer = await send(path, method);
    answers.set(
      `${method} ${path}${extra}`,
      `${answer.status} ${JSON.stringify(answer.headers)}\n${answer.text}`,
    );
  };
  for (const path of DOCUMENTS) await note(path);
  for (const key of keys) for (const room of ['config', 'explain']) await note(`/v1/${room}/${key}`);
  await note('/v1/overrides/nothing', 'DELETE');
  await note('/v1/config', 'PUT');
  await note('/v1/refresh', 'POST');
  answers.set('GET /v1/events', await eventsOf(citizen));
  return answers;
}

/** What was remembered of all that happened. */
async function eventsOf(citizen: Citizen): Promise<string> {
  const socket = await dial({ socketPath: citizen.socket });
  socket.write('GET /v1/events?since=0 HTTP/1.1\r\nhost: localhost\r\n\r\n');
  // Lines of the head end in \r\n: the first empty one without ends an event.
  const text = await readUntil(socket, (far) => far.includes('\n\n'));
  socket.destroy();
  return text;
}

/** What the command line says, failures too. */
export async function everyCommand(
  citizen: Citizen,
  keys: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const lines = [
    ['status'],
    ['status', '--json'],
    ['config'],
    ['config', '--format', 'json'],
    ['get', 'no.such.key'],
    ['refresh', '--json'],
    ...keys.flatMap((key) => [
      ['get', key],
      ['explain', key],
    ]),
  ];
  const said = new Map<string, string>();
  for (const line of lines) {
    const { code, stdout, stderr } = await citizen.cli(...line);
    said.set(line.join(' '), `${code}\n${stdout}\n${stderr}`);
  }
  return said;
}
