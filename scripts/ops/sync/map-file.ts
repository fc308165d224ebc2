import { readFile } from 'node:fs/promises';
import { writeFileAtomic } from '#kit/atomic-file.ts';
import { errnoOf, errnoOrText } from '#kit/errno.ts';
import { LandfallError } from '#kit/errors.ts';
import { isRecord } from '#kit/is-record.ts';
import { jsonOf } from '#kit/json-text.ts';

/** `{"<job>": {"<region>": "<id>"}}`: what the newest copies are called, for whatever reads JSON. */
type ResourceMap = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** Who writes one file next waits for who writes it now: several jobs may share it. */
const turns = new Map<string, Promise<unknown>>();

/** Whether the file says so already. @throws LandfallError `LF_SYNC_USE`. */
export async function mapSays(path: string, job: string, region: string, id: string): Promise<boolean> {
  return (await read(path))[job]?.[region] === id;
}

/** What else it says stays. @throws LandfallError `LF_SYNC_USE`. */
export async function writeMap(path: string, job: string, region: string, id: string): Promise<void> {
  const turn = change(path, turns.get(path), (map) => ({ ...map, [job]: { ...map[job], [region]: id } }));
  turns.set(path, turn);
  await turn;
}

async function change(
  path: string,
  before: Promise<unknown> | undefined,
  next: (map: ResourceMap) => ResourceMap,
): Promise<void> {
  await before?.catch(() => {});
  const text = `${JSON.stringify(next(await read(path)), null, 2)}\n`;
  try {
    await writeFileAtomic(path, text, 0o644);
  } catch (error) {
    throw unusable('write', path, errnoOrText(error));
  }
}

async function read(path: string): Promise<ResourceMap> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return {};
    throw unusable('read', path, errnoOrText(error));
  }
  const document = jsonOf(text);
  if (isRecord(document) && Object.values(document).every(isRecord)) return document as ResourceMap;
  throw unusable('read', path, 'it is no map of jobs and regions, and is left as it is');
}

function unusable(operation: string, path: string, cause: string): LandfallError {
  return new LandfallError({
    code: 'LF_SYNC_USE',
    operation,
    subject: path,
    cause,
    hint: 'Name another file in map_file of the job; the copy itself is there.',
  });
}
