import { closeSync, openSync, readSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { toSystem, type BytePath } from './byte-path.ts';

/** Of the file, packed or not: what it is stands at the beginning. */
const HEAD_BYTES = 2048;

/**
 * How AWS describes the interface of a service to its SDKs, with a manual in it and examples: botocore's and the other SDKs'
 * `service-2.json`, `examples-1.json` and `endpoint-rule-set-1.json`, and Smithy's models. What it names is there for everybody.
 */
const MODEL =
  /^\s*\{\s*(?:"version"\s*:\s*"[12]\.0"\s*,\s*)?(?:"metadata"\s*:\s*\{[^{}]*"(?:apiVersion|endpointPrefix|serviceId)"\s*:|"examples"\s*:\s*\{|"parameters"\s*:\s*\{\s*"\w+"\s*:\s*\{\s*"(?:builtIn|required)"\s*:|"smithy"\s*:)/;

export function isServiceModel(path: BytePath): boolean {
  if (!/\.json(?:\.gz)?$/.test(path)) return false;
  let file: number | undefined;
  try {
    file = openSync(toSystem(path), 'r');
    const head = Buffer.alloc(HEAD_BYTES);
    const read = head.subarray(0, readSync(file, head, 0, HEAD_BYTES, 0));
    return MODEL.test(textOf(read));
  } catch {
    return false;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function textOf(head: Buffer): string {
  // The end of what was cut off is missing, and not needed.
  const isPacked = head[0] === 0x1f && head[1] === 0x8b;
  return (isPacked ? gunzipSync(head, { finishFlush: 2 }) : head).toString('latin1');
}
