import { createHash } from 'node:crypto';
import { ok } from '#kit/outcome.ts';
import type { PublishStore } from '#scripts/ops/site/publish-store.ts';

/** A bucket in memory that writes as S3 does. */
export function memoryPublishStore(): PublishStore {
  const objects = new Map<string, Uint8Array>();
  const etagOf = (key: string): string | undefined => {
    const bytes = objects.get(key);
    return bytes && `"${createHash('md5').update(bytes).digest('hex')}"`;
  };
  return {
    address: 's3://memory',
    get: async (key) => {
      const bytes = objects.get(key);
      return ok(bytes && { bytes, etag: etagOf(key) ?? '' });
    },
    put: async (key, bytes, condition) => {
      const holds = 'absent' in condition ? !objects.has(key) : etagOf(key) === condition.etag;
      if (holds) objects.set(key, bytes);
      return ok(holds ? 'written' : 'refused');
    },
    entries: async (prefix) =>
      ok(
        [...objects]
          .filter(([key]) => key.startsWith(prefix))
          .map(([key, bytes]) => ({ key, size: bytes.length, modifiedAt: 0 }))
          .toSorted((a, b) => (a.key < b.key ? -1 : 1)),
      ),
    remove: async (key) => {
      objects.delete(key);
      return ok(undefined);
    },
    list: async (prefix) => ok([...objects.keys()].filter((key) => key.startsWith(prefix)).toSorted()),
  };
}
