import { expect, it } from 'vitest';
import { argvOf } from '#agent/apply/commands/interpreter.ts';

it.each<[string, readonly string[]]>([
  ['', ['/bin/sh', '/p']],
  ['echo x', ['/bin/sh', '/p']],
  ['#!/bin/bash\n', ['/bin/bash', '/p']],
  ['#! \t/usr/bin/env  -S bash -e  \necho', ['/usr/bin/env', '-S bash -e', '/p']],
  ['#!/bin/sh\r\necho', ['/bin/sh', '/p']],
  ['#!/usr/bin/python3 -u\r\n', ['/usr/bin/python3', '-u', '/p']],
  ['#!', ['/bin/sh', '/p']],
  ['#!   \n', ['/bin/sh', '/p']],
  ['# !/bin/bash', ['/bin/sh', '/p']],
  ['\u007FELF\u0002', ['/p']],
])('%j is run by %j', (content, argv) => {
  expect(argvOf(new TextEncoder().encode(content), '/p')).toEqual(argv);
});
