import { describe, expect, it } from 'vitest';
import { createLogger } from '#agent/daemon/runtime/pino-logger.ts';

function lines(level: string, format: 'json' | 'pretty', colour = false) {
  const written: string[] = [];
  return { written, logger: createLogger(level, format, { write: (text) => written.push(text) }, colour) };
}

describe('for machines', () => {
  it('a message is one line of JSON with time, level, message and fields', () => {
    const { written, logger } = lines('info', 'json');
    logger.warn('nothing will be kept', { code: 'LF_STATE_DIR', text: 'two\nlines' });
    expect(written).toHaveLength(1);
    expect(written[0]).toMatch(/^[^\n]*\n$/);
    const { time, ...rest } = JSON.parse(written[0] ?? '') as Record<string, unknown>;
    expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(rest).toEqual({
      level: 'warn',
      code: 'LF_STATE_DIR',
      text: 'two\nlines',
      message: 'nothing will be kept',
    });
  });
});

describe('for people', () => {
  it('a message is one line with the fields behind it', () => {
    const { written, logger } = lines('info', 'pretty');
    logger.info('generation active', { number: 3, release: null, note: 'two words' });
    expect(written.join('')).toMatch(
      /^\d\d:\d\d:\d\d\.\d{3} {2}info {3}generation active {2}number=3 {2}release=null {2}note="two words"\n$/,
    );
  });

  it('colours the level when asked to, and nothing else', () => {
    const { written, logger } = lines('info', 'pretty', true);
    logger.error('down');
    expect(written.join('').split('\u001B')).toHaveLength(3);
    expect(written.join('')).toContain('\u001B[31merror\u001B[0m');
  });

  it.each(['\u001B[2J', 'a\nb', 'a\tb', 'a"b', '\u009B2J'])(
    'a field cannot drive the terminal: %j',
    (text) => {
      const { written, logger } = lines('info', 'pretty');
      logger.info('m', { text });
      // oxlint-disable-next-line no-control-regex -- control characters are exactly what is looked for
      expect(written.join('').trimEnd()).not.toMatch(/[\u0000-\u001F]/);
      expect(written.join('')).toContain('text="');
    },
  );
});

it('says nothing below the level', () => {
  const { written, logger } = lines('warn', 'json');
  logger.debug('a');
  logger.info('b');
  expect(written).toEqual([]);
  logger.warn('c');
  logger.error('d');
  expect(written).toHaveLength(2);
});
