import { describe, expect, it } from 'vitest';
import { blankFetch } from '../../config-service/sources/blank.ts';
import type { Fetched } from '../../config-service/sources/layer-source.ts';
import { createTreeSource } from '../../config-service/sources/tree-source.ts';
import { tick, valueOf } from '../support/fetching.ts';
import { MemoryStore } from '../support/memory-store.ts';

async function fetched(objects: Record<string, string>): Promise<Fetched> {
  const store = new MemoryStore();
  for (const [key, text] of Object.entries(objects)) store.put(key, text);
  return valueOf(await tick(createTreeSource({ store, prefix: '' }), ['base', 'role/web']));
}

const verdict = (now: Fetched, accepted?: Fetched) =>
  blankFetch(now, accepted, 's3://config/p')?.fault.code ?? 'fine';

describe('a fetch that holds nothing', () => {
  it('is empty when no layer has content, at boot and later', async () => {
    const good = await fetched({ 'base/a': 'x' });
    for (const nothing of [await fetched({}), await fetched({ 'base/b': '' })]) {
      expect(verdict(nothing)).toBe('LF_SOURCE_EMPTY');
      expect(verdict(nothing, good)).toBe('LF_SOURCE_EMPTY');
    }
  });

  it('is emptied when a file that had content has none, whatever the others hold', async () => {
    const good = await fetched({ 'base/a': 'x', 'role/web/a': 'y' });
    expect(verdict(await fetched({ 'base/a': '', 'role/web/a': 'y' }), good)).toBe('LF_LAYER_EMPTIED');
    expect(verdict(await fetched({ 'base/a': '' }), good)).toBe('LF_LAYER_EMPTIED');
  });

  it('is fine with a file that was always empty, is new and empty, or was deleted', async () => {
    const good = await fetched({ 'base/a': 'x', 'base/empty': '' });
    expect(verdict(await fetched({ 'base/a': 'x', 'base/empty': '', 'base/new': '' }), good)).toBe('fine');
    expect(verdict(await fetched({ 'role/web/b': 'y' }), good)).toBe('fine');
    expect(verdict(good)).toBe('fine');
  });

  it('names the file and how many others', async () => {
    const good = await fetched({ 'base/a': 'x', 'base/b': 'x', 'base/c': 'x' });
    const now = await fetched({ 'base/a': '', 'base/b': '', 'base/c': 'x' });
    expect(blankFetch(now, good, 's3://config/p')).toMatchObject({
      kind: 'retry',
      fault: { subject: 's3://config/base/a', cause: 'it had content and has 0 bytes now (and 1 more)' },
    });
  });
});
