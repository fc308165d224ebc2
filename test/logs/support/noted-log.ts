import type { Logger } from '#kit/logger.ts';

/** A logger whose warnings and errors end up in `said`. */
export function loggerTo(said: string[]): Logger {
  const note = (message: string): void => void said.push(message);
  return { debug: () => {}, info: () => {}, warn: note, error: note };
}
