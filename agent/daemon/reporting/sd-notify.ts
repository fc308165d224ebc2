import type { Clock } from '#kit/clock.ts';
import type { Closable } from '#kit/lifecycle.ts';
import type { Logger } from '#kit/logger.ts';

/** What systemd is told of this service (sd_notify(3)). Nothing here fails: without systemd all of it does nothing. */
export interface Notifier extends Closable {
  /** READY=1, with one line for `systemctl status`. The start of the unit, and what waits for it, ends here. */
  ready(status: string): void;
  /** Sends the status line to systemd; of several in quick succession it sends the last. */
  status(text: string): void;
  /** STOPPING=1: the watchdog no longer counts. */
  stopping(): void;
  /** Pings at half of WatchdogSec until closed: says that the event loop turns. Does nothing when the unit has no watchdog. */
  watch(): void;
  /** Ends the pings, and resolves when all that was told is with systemd. */
  close(): Promise<void>;
}

export interface NotifierOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly pid: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A manager that does not take a message within this is not worth waiting for. */
const PATIENCE_MS = 5000;

/**
 * Node has no Unix datagram sockets, so `systemd-notify` speaks for the agent: 5 ms of one process a message, one a minute
 * with the watchdog of our unit, and 1.7 MiB of ours for starting it. The unit says NotifyAccess=all for it. Since systemd
 * 246 it waits until the manager has taken the message, so that its process is still known when the message is read.
 */
export function createNotifier({ env, pid, clock, logger }: NotifierOptions): Notifier {
  const socket = env['NOTIFY_SOCKET'];
  const closing = new AbortController();
  let waiting = new Map<string, string>();
  let telling: Promise<void> | undefined;
  let warned = false;

  const tellAll = async (socketPath: string): Promise<void> => {
    while (waiting.size > 0) {
      const assignments = [...waiting].map(([name, value]) => `${name}=${value}`);
      waiting = new Map();
      const problem = await tell(socketPath, assignments, env['PATH']);
      if (problem === undefined || warned) continue;
      warned = true;
      logger.warn('systemd cannot be told', { cause: problem });
    }
    telling = undefined;
  };
  // One message at a time, so that a status does not overtake another.
  const enqueue = (assignments: Readonly<Record<string, string>>): void => {
    if (!socket) return;
    for (const [name, value] of Object.entries(assignments)) waiting.set(name, value);
    telling ??= tellAll(socket);
  };

  return {
    name: 'systemd notifier',
    ready: (status) => enqueue({ READY: '1', STATUS: oneLine(status) }),
    status: (text) => enqueue({ STATUS: oneLine(text) }),
    stopping: () => enqueue({ STOPPING: '1', STATUS: 'stopping' }),
    watch: () => {
      const periodMs = watchdogPeriodMs(env, pid);
      if (!socket || periodMs === undefined) return;
      const ping = async (): Promise<void> => {
        for (;;) {
          enqueue({ WATCHDOG: '1' });
          await clock.sleep(periodMs, closing.signal);
        }
      };
      void ping().catch(() => {});
    },
    close: async () => {
      closing.abort();
      await telling;
    },
  };
}

/** Half of what the unit allows (sd_watchdog_enabled(3)); undefined when it watches nobody, or somebody else. */
function watchdogPeriodMs(env: NotifierOptions['env'], pid: number): number | undefined {
  const microseconds = Number(env['WATCHDOG_USEC']);
  const owner = env['WATCHDOG_PID'];
  if (!(microseconds > 0) || (owner !== undefined && Number(owner) !== pid)) return undefined;
  return microseconds / 2000;
}

/** A line end would begin an assignment of its own. */
function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').slice(0, 200);
}

/** Why it could not be told, if so. */
async function tell(
  socket: string,
  assignments: readonly string[],
  path: string | undefined,
): Promise<string | undefined> {
  // Only where there is somebody to tell: without systemd the module is never loaded.
  const { execFile } = await import('node:child_process');
  const env = { NOTIFY_SOCKET: socket, PATH: path ?? '/usr/bin:/bin' };
  return new Promise((resolve) => {
    execFile(
      'systemd-notify',
      [...assignments],
      { env, timeout: PATIENCE_MS, killSignal: 'SIGKILL' },
      (error) => {
        resolve(error ? String(error.code ?? error.signal ?? error.message) : undefined);
      },
    );
  });
}
