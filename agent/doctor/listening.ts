import { createConnection, createServer } from 'node:net';
import { SETTINGS } from '../settings/catalogue.ts';
import type { Settings } from '../settings/settings.ts';
import { failure, good, warning, type DoctorFinding } from './base/finding.ts';

type Address = NonNullable<Settings['listen']>;

/** Whether somebody answers at the socket; then it is the daemon. */
export function daemonAnswers(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = createConnection({ path: socket });
    const end = (answers: boolean): void => {
      connection.destroy();
      resolve(answers);
    };
    connection.on('connect', () => end(true));
    connection.on('error', () => end(false));
  });
}

/** Whether the local API could listen, at all its doors: by listening, for an instant, unless the daemon does already. */
export async function checkListening(settings: Settings): Promise<DoctorFinding> {
  const { socket, listen, shapeDoors } = settings;
  if (await daemonAnswers(socket)) return good('listen', `the daemon runs and listens on ${socket}`);
  const doors = [
    ...(listen ? [{ address: listen, variable: SETTINGS.listen.env }] : []),
    ...shapeDoors.map(({ address, setting }) => ({ address, variable: SETTINGS[setting].env })),
  ];
  if (doors.length === 0) return good('listen', `socket only: ${socket}`);
  for (const { address, variable } of doors) {
    const errno = await refusalOf(address);
    if (errno !== undefined) return findingOf(errno, address, variable);
  }
  const places = doors.map(({ address: { host, port } }) => `${host}:${port}`);
  return good('listen', `${places.join(', ')} ${places.length === 1 ? 'is' : 'are'} free`);
}

function findingOf(errno: string, { host, port }: Address, variable: string): DoctorFinding {
  const address = `${host}:${port}`;
  if (errno !== 'EADDRINUSE' && errno !== 'EACCES')
    return warning('listen', `${address} cannot be tried: ${errno}`);
  return failure('listen', {
    code: 'LF_LISTEN',
    operation: 'listen on',
    subject: address,
    cause: errno === 'EACCES' ? 'this user may not' : 'another program has the port',
    hint: `See which: ss -ltnp sport = :${port}. Or choose another with ${variable}.`,
  });
}

function refusalOf({ host, port }: Address): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}
