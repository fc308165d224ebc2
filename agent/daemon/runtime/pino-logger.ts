import { pino } from 'pino';
import type { Fields, Logger } from '#kit/logger.ts';

export interface LogSink {
  write(text: string): void;
}

/** JSON lines for machines, or one aligned line a message for people. Both go where `sink` goes, in order. */
export function createLogger(
  level: string,
  format: 'json' | 'pretty',
  sink: LogSink,
  colour: boolean,
): Logger {
  const target = format === 'json' ? sink : { write: (line: string) => sink.write(prettyLine(line, colour)) };
  const logger = pino(
    {
      level,
      base: null,
      messageKey: 'message',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    target,
  );
  return {
    debug: (message, fields) => logger.debug(fields ?? {}, message),
    info: (message, fields) => logger.info(fields ?? {}, message),
    warn: (message, fields) => logger.warn(fields ?? {}, message),
    error: (message, fields) => logger.error(fields ?? {}, message),
  };
}

const COLOURS: Readonly<Record<string, number>> = { debug: 90, info: 32, warn: 33, error: 31 };

function prettyLine(line: string, colour: boolean): string {
  const { time, level, message, ...fields } = JSON.parse(line) as Fields & {
    time: string;
    level: string;
    message: string;
  };
  const details = Object.entries(fields).map(([name, value]) => `${name}=${shown(value)}`);
  const label = level.padEnd(5);
  const painted = colour ? `\u001B[${COLOURS[level] ?? 0}m${label}\u001B[0m` : label;
  return `${[time.slice(11, 23), painted, message, ...details].join('  ')}\n`;
}

/** Quoted where it could be taken for two fields, or drive the terminal. */
function shown(value: unknown): string {
  // oxlint-disable-next-line no-control-regex -- control characters are exactly what is looked for
  return typeof value === 'string' && !/[\s"\u0000-\u001F\u007F-\u009F]/.test(value)
    ? value
    : JSON.stringify(value);
}
