import { createConnection, createServer } from 'node:net';
import type { Settings } from '../settings/settings.ts';
import { failure, good, warning, type DoctorFinding } from './finding.ts';

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

/** Whether the local API could listen: by listening, for an instant, unless the daemon does already. */
export async function checkListening({ socket, listen }: Settings): Promise<DoctorFinding> {
  if (await daemonAnswers(socket)) return good('listen', `the daemon runs and listens on ${socket}`);
  if (listen === undefined) return good('listen', `socket only: ${socket}`);
  const errno = await refusalOf(listen);
  const address = `${listen.host}:${listen.port}`;
  if (errno === undefined) return good('listen', `${address} is free`);
  if (errno !== 'EADDRINUSE' && errno !== 'EACCES')
    return warning('listen', `${address} cannot be tried: ${errno}`);
  return failure('listen', {
    code: 'LF_LISTEN',
    operation: 'listen on',
    subject: address,
    cause: errno === 'EACCES' ? 'this user may not' : 'another program has the port',
    hint: `See which: ss -ltnp sport = :${listen.port}. Or choose another with LANDFALL_LISTEN.`,
  });
}

function refusalOf({ host, port }: Address): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}
