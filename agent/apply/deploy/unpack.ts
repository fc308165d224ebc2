import { lstat, open } from 'node:fs/promises';
import { fail, type Outcome } from '#kit/outcome.ts';
import { archiveFormat, HEAD_BYTES } from './archive-format.ts';
import { ARCHIVE_ENVIRONMENT, inspectArchive, type RunnerFor } from './archive-inspection.ts';
import { judgeCommand } from '../command-fault.ts';
import type { CommandResult } from '../commands/command.ts';
import type { PackedAttributes } from './packed-attributes.ts';
import { settleTree } from './unpacked-tree.ts';

const TIMEOUT_MS = 600_000;

/** A tar and where it goes. */
export interface Unpacking {
  readonly archive: string;
  /** An empty folder that nobody uses. */
  readonly into: string;
  /** Absolute paths that `into` will have; links may name them. */
  readonly homes: readonly string[];
  /** Files, relative to `into`, that keep setuid, setgid and whose they are. */
  readonly named: readonly string[];
  readonly attributes: PackedAttributes;
  /** Names the artefact in errors. */
  readonly subject: string;
}

/**
 * Unpacks a tar, plain or packed by gzip, bzip2, xz or zstd, and makes it durable. Devices, names that lead out and more
 * than an application has are refused before anything is unpacked, links that lead out after it. Permission bits are as
 * packed; owner is who the agent is, and setuid and setgid are dropped, but for files that are named.
 * @throws the errno of the disk.
 */
export async function unpack(
  { archive, into, homes, named, attributes, subject }: Unpacking,
  runnerFor: RunnerFor,
  signal: AbortSignal,
): Promise<Outcome<void>> {
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
    own: await lstat(into),
    named,
    attributes,
    runnerFor,
    judge,
    signal,
  });
  if (inspected.kind !== 'ok') return inspected;
  if (inspected.value.kind === 'refused') return refuse(inspected.value.cause);
  const { owners } = inspected.value;
  const command = { ...common, cwd: '/', env: ARCHIVE_ENVIRONMENT };
  const run = runnerFor(() => {});
  const shape = ['--no-same-owner', '--same-permissions'];
  const argv = ['tar', '--extract', `--file=${archive}`, `--directory=${into}`, ...shape] as const;
  const extracted = judge(await run({ ...command, argv }, signal));
  if (extracted.kind !== 'ok') return extracted;
  const settled = await settleTree({ root: into, homes, named, owners, attributes, packedBytes: bytes });
  if (settled.kind === 'refused') return refuse(settled.cause);
  // One call for thousands of files. Older coreutils than 8.24 know no --file-system and sync everything, which will do.
  const synced = await run({ ...command, label: 'deploy.sync', argv: ['sync', '-f', into] }, signal);
  return judgeCommand(`sync of ${into}`, synced, 'LF_DEPLOY', (text) => text);
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
