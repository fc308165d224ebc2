import { open } from 'node:fs/promises';
import { fail, ok, type Outcome } from '#kit/outcome.ts';
import { archiveFormat, HEAD_BYTES } from './archive-format.ts';
import { ARCHIVE_ENVIRONMENT, inspectArchive, type RunnerFor } from './archive-inspection.ts';
import { judgeCommand } from './command-fault.ts';
import type { CommandResult } from './command.ts';
import { settleTree } from './unpacked-tree.ts';

const TIMEOUT_MS = 600_000;

/** A tar and where it goes. */
export interface Unpacking {
  readonly archive: string;
  /** An empty folder that nobody uses. */
  readonly into: string;
  /** Absolute paths that `into` will have; links may name them. */
  readonly homes: readonly string[];
  /** Files, relative to `into`, that keep setuid and setgid. */
  readonly setuid: readonly string[];
  /** Names the artefact in errors. */
  readonly subject: string;
}

/**
 * Unpacks a tar, plain or packed by gzip, bzip2, xz or zstd, and makes it durable. Devices, names that lead out and more
 * than an application has are refused before anything is unpacked, links that lead out after it. Owner is who the agent is,
 * permission bits are as packed, without setuid and setgid.
 * @returns the names that lost bits. @throws the errno of the disk.
 */
export async function unpack(
  { archive, into, homes, setuid, subject }: Unpacking,
  runnerFor: RunnerFor,
  signal: AbortSignal,
): Promise<Outcome<readonly string[]>> {
  const refuse = (cause: string): Outcome<never> => {
    const hint = 'Pack files, folders and links that stay inside, as tar or tar.gz.';
    return fail({ code: 'LF_DEPLOY', operation: 'unpack', subject, cause, hint });
  };
  const judge = (result: CommandResult): Outcome<void> =>
    judgeCommand(`tar on ${subject}`, result, 'LF_DEPLOY', (text) => text);
  const { head, bytes } = await beginningOf(archive);
  if (archiveFormat(head, new Uint8Array()) !== 'tar') return refuse('it is neither tar nor tar.gz');
  const common = { label: 'deploy.unpack', timeoutMs: TIMEOUT_MS };
  const inspected = await inspectArchive({
    ...common,
    path: archive,
    format: 'tar',
    refuseAbsolute: true,
    runnerFor,
    judge,
    signal,
  });
  if (inspected.kind !== 'ok') return inspected;
  if (inspected.value !== undefined) return refuse(inspected.value);
  const command = { ...common, cwd: '/', env: ARCHIVE_ENVIRONMENT };
  const run = runnerFor(() => {});
  const shape = ['--no-same-owner', '--same-permissions'];
  const argv = ['tar', '--extract', `--file=${archive}`, `--directory=${into}`, ...shape] as const;
  const extracted = judge(await run({ ...command, argv }, signal));
  if (extracted.kind !== 'ok') return extracted;
  const settled = await settleTree({ root: into, homes, setuid, packedBytes: bytes });
  if (settled.kind === 'refused') return refuse(settled.cause);
  // One call for thousands of files. Older coreutils than 8.24 know no --file-system and sync everything, which will do.
  const synced = await run({ ...command, label: 'deploy.sync', argv: ['sync', '-f', into] }, signal);
  const durable = judgeCommand(`sync of ${into}`, synced, 'LF_DEPLOY', (text) => text);
  return durable.kind === 'ok' ? ok(settled.dropped) : durable;
}

async function beginningOf(path: string): Promise<{ readonly head: Uint8Array; readonly bytes: number }> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(new Uint8Array(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return { head: buffer.subarray(0, bytesRead), bytes: (await file.stat()).size };
  } finally {
    await file.close();
  }
}
