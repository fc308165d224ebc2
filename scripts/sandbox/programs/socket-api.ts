import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

export interface ApiAnswer {
  readonly status: number;
  readonly body: string;
}

/** Asks an agent's local API over its Unix socket. */
export function askSocket(socketPath: string, path: string, method = 'GET'): Promise<ApiAnswer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { socketPath, path, method, headers: { host: 'localhost' }, agent: false },
      (incoming) => {
        let body = '';
        incoming.setEncoding('utf8').on('data', (text: string) => (body += text));
        incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, body }));
        incoming.on('error', reject);
      },
    );
    outgoing.on('error', reject);
    outgoing.end();
  });
}

/** Asks again every few milliseconds until `accept` says yes; undefined when `patienceMs` is over. */
export async function askUntil(
  socketPath: string,
  path: string,
  accept: (answer: ApiAnswer) => boolean,
  patienceMs = 10_000,
): Promise<ApiAnswer | undefined> {
  const end = performance.now() + patienceMs;
  while (performance.now() < end) {
    const answer = await askSocket(socketPath, path).catch(() => undefined);
    if (answer && accept(answer)) return answer;
    await sleep(5);
  }
  return undefined;
}
