import { execFile } from 'node:child_process';

export interface ToolEnd {
  /** Undefined: it could not be started. */
  readonly code: number | undefined;
  readonly out: string;
  /** The last thing it said, which is where tools say why. */
  readonly why: string;
}

/** `blkid` and `mount` are in sbin; output is read, so it is never translated. */
const ENVIRONMENT = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' };

/** Runs a tool of the system to its end. */
export async function runTool(tool: string, ...args: readonly string[]): Promise<ToolEnd> {
  return await new Promise((done) => {
    execFile(tool, args, { env: ENVIRONMENT }, (error, stdout, stderr) => {
      const isStarted = error === null || typeof error.code === 'number' || error.signal !== null;
      const said = stderr.trim() === '' ? stdout : stderr;
      const last = said.trimEnd().split('\n').at(-1)?.trim();
      done({
        code: isStarted ? Number(error?.code ?? (error ? 1 : 0)) : undefined,
        out: stdout,
        why: isStarted ? last || `${tool} ended with ${String(error?.code ?? 0)}` : `there is no ${tool}`,
      });
    });
  });
}
