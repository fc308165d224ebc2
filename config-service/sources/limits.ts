import { fail, type Fail } from '../kit/outcome.ts';

/** Bytes of one object. */
export const MAX_OBJECT_BYTES = 10 * 1024 * 1024;
/** Bytes of all layers of one fetch. */
const MAX_FETCH_BYTES = 64 * 1024 * 1024;
const MAX_LAYER_FILES = 1000;
/** Requests under way at one time: enough to hide latency, few enough not to starve a small instance. */
export const MAX_PARALLEL_REQUESTS = 16;

/** A file that is about to be read, or has just been. */
export interface SizedFile {
  readonly layer: string;
  /** The source's own address of the file. */
  readonly object: string;
  /** In bytes. */
  readonly size: number;
}

/** The first limit that `files` break, as `LF_OBJECT_TOO_LARGE`; undefined when they keep all of them. */
export function overLimit(files: readonly SizedFile[], source: string): Fail | undefined {
  const large = files.find((file) => file.size > MAX_OBJECT_BYTES);
  if (large) return tooLarge(large.object, `it has ${large.size} bytes, ${MAX_OBJECT_BYTES} are allowed`);

  const counts = new Map<string, number>();
  for (const { layer } of files) counts.set(layer, (counts.get(layer) ?? 0) + 1);
  for (const [layer, count] of counts) {
    if (count > MAX_LAYER_FILES) {
      return tooLarge(`${source}/${layer}`, `the layer has ${count} files, ${MAX_LAYER_FILES} are allowed`);
    }
  }

  const total = files.reduce((sum, file) => sum + file.size, 0);
  if (total <= MAX_FETCH_BYTES) return undefined;
  return tooLarge(source, `the layers have ${total} bytes together, ${MAX_FETCH_BYTES} are allowed`);
}

function tooLarge(subject: string, cause: string): Fail {
  return fail({
    code: 'LF_OBJECT_TOO_LARGE',
    operation: 'read',
    subject,
    cause,
    hint: 'Configuration is small: move data, archives and binaries out of the layers.',
  });
}
