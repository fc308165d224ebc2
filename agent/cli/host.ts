import { systemClock } from '#kit/clock.ts';
import type { Host } from '../daemon/runtime/host.ts';
import { registersFolder } from '../daemon/boot/register-sharing.ts';
import { createLogger } from '../daemon/runtime/pino-logger.ts';
import { BootTimes } from '../daemon/runtime/boot-times.ts';
import type { Settings } from '../settings/settings.ts';
import type { CliContext } from './context.ts';

/** The machine and the process as the daemon gets to see them. Logs go to stderr: stdout belongs to the command. */
export function hostOf(
  context: CliContext,
  { logLevel, logFormat }: Pick<Settings, 'logLevel' | 'logFormat'>,
): Host {
  const { terminal, env, version, pid, uid } = context;
  const registers = registersFolder(uid, env);
  const format = logFormat === 'auto' ? (terminal.errIsTerminal ? 'pretty' : 'json') : logFormat;
  const sink = { write: (text: string) => terminal.err(text) };
  return {
    env,
    version,
    pid,
    uid,
    ...(registers !== undefined && { registers }),
    clock: systemClock,
    random: Math.random,
    logger: createLogger(logLevel, format, sink, terminal.errIsTerminal && terminal.colour),
    residentBytes: () => context.residentBytes(),
    boot: new BootTimes(() => context.moment(), context.scriptAtMs),
    kill: (target, signal) => context.kill(target, signal),
  };
}
