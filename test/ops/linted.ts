import { beforeEach } from 'vitest';
import { opsBench, PAYROLL, type OpsBench } from './ops-bench.ts';

/** What `lint --json` says, each problem as `CODE file:line`, and the messages by themselves. */
export interface Linted {
  readonly code: number;
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
  readonly messages: string;
}

interface Listed {
  readonly code: string;
  readonly file: string | null;
  readonly line: number | null;
  readonly message: string;
}

/** Lints files laid over the folder of `PAYROLL`: roles web (and what else is given), regions eu-west-1 and us-east-1. */
export function linter(): (files: Readonly<Record<string, string>>, ...args: string[]) => Promise<Linted> {
  let bench: OpsBench;
  beforeEach(async () => {
    bench = await opsBench();
  });
  return async (files, ...args) => {
    const ran = await bench.run('lint', await bench.folder({ ...PAYROLL, ...files }), '--json', ...args);
    const { problems, warnings } = JSON.parse(ran.out) as Record<'problems' | 'warnings', readonly Listed[]>;
    const rows = (list: readonly Listed[]) =>
      list.map(({ code, file, line }) => `${code} ${[file, line].filter((part) => part !== null).join(':')}`);
    return {
      code: ran.code,
      problems: rows(problems),
      warnings: rows(warnings),
      messages: [...problems, ...warnings].map(({ message }) => message).join('\n'),
    };
  };
}
