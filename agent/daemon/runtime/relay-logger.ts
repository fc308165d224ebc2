import type { Logger } from '#kit/logger.ts';

/** A logger that can be led through another one later, when logs turn out to be shipped. */
export interface RelayLogger {
  readonly logger: Logger;
  through(logger: Logger): void;
}

export function createRelayLogger(raw: Logger): RelayLogger {
  let current = raw;
  return {
    logger: {
      debug: (message, fields) => current.debug(message, fields),
      info: (message, fields) => current.info(message, fields),
      warn: (message, fields) => current.warn(message, fields),
      error: (message, fields) => current.error(message, fields),
    },
    through: (logger) => void (current = logger),
  };
}
