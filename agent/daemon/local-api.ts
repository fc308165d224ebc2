import { join } from 'node:path';
import { createApiServer, TOKENS, type ApiServer, type ApiBackend } from '#config-service';
import { errnoOrText } from '#kit/errno.ts';
import type { Fault } from '#kit/errors.ts';
import { fail, ok, type Outcome } from '#kit/outcome.ts';
import { SETTINGS } from '../settings/catalogue.ts';
import type { Settings } from '../settings/settings.ts';
import type { Host } from './runtime/host.ts';
import { openShapes } from './shapes.ts';
import { createToken, keepReadToken } from './runtime/token.ts';

/** The local API at all its doors, or at none. Faults: `LF_LISTEN`, `LF_STATE_DIR`. */
export async function openApi(
  backend: ApiBackend,
  settings: Settings,
  host: Host,
): Promise<Outcome<ApiServer>> {
  const tokens = await makeTokens(settings, host);
  if (tokens.kind !== 'ok') return tokens;
  const { clock, logger, version } = host;
  const shapes = await openShapes(settings);
  const page = settings.dashboard === 'on' ? { readPage } : {};
  const api = createApiServer({ backend, clock, logger, version, shapes, ...page, ...tokens.value });
  const socket = await api.listenSocket(settings.socket);
  const tcp = settings.listen
    ? await api.listenTcp(settings.listen.host, settings.listen.port)
    : ok(undefined);
  const doors: Outcome<unknown>[] = [socket, tcp];
  const own: Record<string, string> = {};
  for (const { shape: name, setting, address } of settings.shapeDoors) {
    const shape = shapes.find((one) => one.name === name);
    if (shape === undefined) continue;
    const only = { shape, setting: SETTINGS[setting].env };
    const door = await api.listenTcp(address.host, address.port, only);
    if (door.kind === 'ok') own[name] = `${door.value.host}:${door.value.port}`;
    doors.push(door);
  }
  for (const door of doors) {
    if (door.kind === 'ok') continue;
    await api.close();
    return door;
  }
  const port = tcp.kind === 'ok' && tcp.value ? { listen: `${tcp.value.host}:${tcp.value.port}` } : {};
  const compat = shapes.length > 0 ? { compat: shapes.map(({ name }) => name), ...own } : {};
  logger.info('the local API listens', { socket: settings.socket, ...port, ...compat });
  return ok(api);
}

/** Loaded when somebody looks. */
async function readPage(): Promise<string | undefined> {
  const { readDashboard } = await import('../dashboard/dashboard.ts');
  return readDashboard();
}

/** The one that may only read exists where somebody has a use for it. */
async function makeTokens(
  { runDir, compat, readTokenFile }: Settings,
  host: Host,
): Promise<Outcome<{ readonly token: string; readonly readToken?: string }>> {
  let path = join(runDir, TOKENS.api);
  try {
    const token = await createToken(runDir);
    if (compat.length === 0) return ok({ token });
    path = readTokenFile;
    return ok({ token, readToken: await keepReadToken(runDir, readTokenFile, host.uid) });
  } catch (error) {
    return fail(tokenFault(path, error));
  }
}

function tokenFault(path: string, error: unknown): Fault {
  return {
    code: 'LF_STATE_DIR',
    operation: 'write the token',
    subject: path,
    cause: errnoOrText(error),
    hint: 'Make its folder writable for this user and its place free, or choose others with LANDFALL_RUN_DIR and LANDFALL_READ_TOKEN_FILE.',
  };
}
