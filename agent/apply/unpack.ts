import { open, readdir, readlink } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { fail, type Outcome } from '#kit/outcome.ts';
import { judgeCommand } from './command-fault.ts';
import type { OnOutput } from './command-runner.ts';
import type { RunCommand } from './command.ts';

/** The same runner with another ear: the list of an archive is no output for the journal. */
export type RunnerFor = (onOutput: OnOutput) => RunCommand;

const TIMEOUT_MS = 600_000;

/** Nothing of the agent's own (TAR_OPTIONS). C: names are escaped, not translated. */
const ENVIRONMENT = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' };

/**
 * Unpacks a tar, plain or gzip, into the empty folder `into`, and makes it durable. Names that lead out of it are refused
 * before anything is unpacked, links that do and devices after it, `into` being still a place that nobody uses. Owner is
 * who the agent is, permission bits are as packed. `subject` names the artefact in errors.
 */
export async function unpack(
  archive: string,
  into: string,
  subject: string,
  runnerFor: RunnerFor,
  signal: AbortSignal,
): Promise<Outcome<void>> {
  const refuse = (cause: string): Outcome<never> => {
    const hint = 'Pack files, folders and links that stay inside, as tar or tar.gz.';
    return fail({ code: 'LF_DEPLOY', operation: 'unpack', subject, cause, hint });
  };
  const format = formatOf(await firstBytes(archive));
  if (format === undefined) return refuse('it is neither tar nor tar.gz');
  const tar = async (args: readonly string[], onOutput: OnOutput): Promise<Outcome<void>> => {
    const argv = ['tar', ...(format === 'gzip' ? ['--gzip'] : []), `--file=${archive}`, ...args] as const;
    const command = { label: 'deploy.unpack', argv, cwd: '/', env: ENVIRONMENT, timeoutMs: TIMEOUT_MS };
    const result = await runnerFor(onOutput)(command, signal);
    return judgeCommand(`tar on ${subject}`, result, 'LF_DEPLOY', (text) => text);
  };
  let outside: string | undefined;
  const listed = await tar(['--list', '--absolute-names'], (_label, stream, name) => {
    if (stream === 'stdout' && leadsOut(name)) outside ??= name;
  });
  if (listed.kind !== 'ok') return listed;
  if (outside !== undefined) return refuse(`${JSON.stringify(outside.slice(0, 200))} leads out of it`);
  const extracted = await tar(
    ['--extract', `--directory=${into}`, '--no-same-owner', '--same-permissions'],
    () => {},
  );
  if (extracted.kind !== 'ok') return extracted;
  const odd = await findOdd(into, into);
  if (odd !== undefined) return refuse(odd);
  // One call for thousands of files. Older coreutils than 8.24 know no --file-system and sync everything, which will do.
  const sync = { label: 'deploy.sync', argv: ['sync', '-f', into] as const, cwd: '/', env: ENVIRONMENT };
  const synced = await runnerFor(() => {})({ ...sync, timeoutMs: TIMEOUT_MS }, signal);
  return judgeCommand(`sync of ${into}`, synced, 'LF_DEPLOY', (text) => text);
}

async function firstBytes(path: string): Promise<Uint8Array> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(new Uint8Array(512), 0, 512, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** By content: a key may be called anything. */
function formatOf(head: Uint8Array): 'tar' | 'gzip' | undefined {
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip';
  return new TextDecoder('latin1').decode(head.subarray(257, 262)) === 'ustar' ? 'tar' : undefined;
}

/** A name with a line feed comes escaped; a name beyond a line of output comes in pieces, each judged. */
function leadsOut(name: string): boolean {
  return name.startsWith('/') || name.split('/').includes('..');
}

/** What does not belong into an application: links that lead out, devices, pipes, sockets. */
async function findOdd(root: string, folder: string): Promise<string | undefined> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    const name = JSON.stringify(relative(root, path));
    if (entry.isDirectory()) {
      const odd = await findOdd(root, path);
      if (odd !== undefined) return odd;
    } else if (entry.isSymbolicLink()) {
      const target = resolve(dirname(path), await readlink(path));
      if (target !== root && !target.startsWith(`${root}/`)) return `the link ${name} leads out of it`;
    } else if (!entry.isFile()) {
      return `${name} is no file, folder or link`;
    }
  }
  return undefined;
}
