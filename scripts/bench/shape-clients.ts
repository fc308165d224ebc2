import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

export const SHAPES = ['consul', 'appconfig', 'spring', 'archaius'] as const;

/** Far more often than any of them asks. */
const POLL_MS = 1000;

export interface ShapeClients extends AsyncDisposable {
  /** @throws when one of them was not answered as it should be. */
  check(): void;
}

/** So many of each, every one on a connection that it keeps: those of Consul wait for a change, the others ask again and again. */
export function startShapeClients(port: number, ofEach: number): ShapeClients {
  const stopping = new AbortController();
  const wrong: string[] = [];
  const agents: Agent[] = [];
  const turns = SHAPES.flatMap((shape) =>
    Array.from({ length: ofEach }, async () => {
      const connection = new Agent({ keepAlive: true, maxSockets: 1 });
      agents.push(connection);
      const ask = asking(connection, port, shape);
      while (!stopping.signal.aborted) {
        await ask().catch((error: unknown) => {
          if (!stopping.signal.aborted) wrong.push(`${shape}: ${String(error)}`);
        });
        if (shape !== 'consul') await sleep(POLL_MS, undefined, { signal: stopping.signal }).catch(() => {});
      }
    }),
  );
  return {
    check: () => {
      if (wrong.length > 0) throw new Error(`clients were not answered: ${wrong[0]}`);
    },
    async [Symbol.asyncDispose]() {
      stopping.abort();
      for (const agent of agents) agent.destroy();
      await Promise.all(turns);
    },
  };
}

/** A question of a client of this shape, each time it is called. */
function asking(agent: Agent, port: number, shape: (typeof SHAPES)[number]): () => Promise<void> {
  let memory = '';
  const get = (path: string): Promise<Answered> => send(agent, port, 'GET', path);
  switch (shape) {
    case 'consul':
      return async () => {
        const { index } = await get(`/v1/kv/service?recurse&wait=60s${memory}`);
        memory = `&index=${index}`;
      };
    case 'appconfig':
      return async () => {
        if (memory === '')
          memory = (await send(agent, port, 'POST', '/configurationsessions', SESSION)).token;
        memory = (await get(`/configuration?configuration_token=${memory}`)).token;
      };
    case 'spring':
      return async () => void (await get('/spring/payroll/prod'));
    case 'archaius':
      return async () => void (await get('/archaius/2/config.properties'));
    default:
      return shape satisfies never;
  }
}

const SESSION = JSON.stringify({
  ApplicationIdentifier: 'payroll',
  EnvironmentIdentifier: 'prod',
  ConfigurationProfileIdentifier: 'landfall',
});

interface Answered {
  readonly index: string;
  /** Of the next question in a session. */
  readonly token: string;
}

function send(agent: Agent, port: number, method: string, path: string, sent = ''): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, method, path, agent }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => {
        if (response.statusCode !== 200 && response.statusCode !== 201) {
          reject(new Error(`${path} was answered with ${response.statusCode}`));
          return;
        }
        const { 'x-consul-index': index, 'next-poll-configuration-token': next } = response.headers;
        const first = /"InitialConfigurationToken":"([^"]+)"/.exec(Buffer.concat(chunks).toString())?.[1];
        resolve({ index: String(index), token: String(next ?? first) });
      });
    });
    asked.once('error', reject).end(sent);
  });
}
