import { describe, expect, it } from 'vitest';
import { linter } from './linted.ts';

const lint = linter();

const script = (content: string, name = 'scripts/a.sh') => ({
  'base/plan.yaml': `scripts: { a: { run: ${name} } }\nhooks: { configure: [{ run: ${name} }] }\n`,
  [`base/${name}`]: content,
});

describe('scripts of a folder', () => {
  it.each([
    ['a shell script', script('#!/bin/sh\necho a\n')],
    ['plain sh', script('echo a\n')],
    ['an interpreter with an argument', script('#! /usr/bin/env python3\n', 'scripts/a.py')],
    ['a program', script('\u007fELF\0\r\n')],
  ])('may be %s', async (_, files) => {
    expect(await lint(files)).toMatchObject({ code: 0, problems: [], warnings: [] });
  });

  it.each([
    ['bytes that are no program', script('PK\0\u0003'), 'neither a program'],
    ['an interpreter without a path', script('#!python3\n'), "names 'python3', and only an absolute path"],
  ])('are refused for %s', async (_, files, message) => {
    const { code, problems, messages } = await lint(files);
    expect({ code, problems }).toEqual({ code: 5, problems: ['LF_PLAN_INVALID base/scripts/a.sh:1'] });
    expect(messages).toContain(message);
  });

  it.each([
    ['CR LF', script('#!/bin/sh\n\necho a\r\necho b\r\n'), 'base/scripts/a.sh:3'],
    ['a byte order mark', script('\uFEFF#!/bin/sh\n'), 'base/scripts/a.sh:1'],
    ['another language that nothing names', script('print(1)\n', 'scripts/a.py'), 'base/scripts/a.py:1'],
  ])('are warned of for %s', async (_, files, place) => {
    const { code, warnings } = await lint(files);
    expect({ code, warnings }).toEqual({ code: 0, warnings: [`LF_PLAN_INVALID ${place}`] });
  });
});

describe('logs and metrics of a folder', () => {
  it('are read as the agent reads them', async () => {
    const { code, problems, messages } = await lint({
      'base/plan.yaml':
        'logs:\n  app: { path: /a, group: g, retention: 8d }\nmetrics: { interval: 30s, colect: [cpu] }\n',
    });
    expect({ code, problems }).toEqual({
      code: 5,
      problems: ['LF_PLAN_INVALID base/plan.yaml:2', 'LF_PLAN_INVALID base/plan.yaml:3'],
    });
    expect(messages).toContain('metrics.colect');
  });
});
