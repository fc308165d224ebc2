import { once } from 'node:events';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDirectorySource } from '../../config-service/sources/directory-source.ts';
import { contentOf, tick, valueOf, verdictOf } from '../support/fetching.ts';

const LAYERS = ['base', 'role/web', 'role/web/environment/prod'];
let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'landfall-directory-'));
});
afterEach(() => rm(root, { recursive: true }));

async function write(path: string, content: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), content);
}

describe('the directory source', () => {
  it('follows the rules of the tree', async () => {
    await write('src/base/app.properties', 'a=1');
    await write('src/base/other/ignored.properties', 'x=1');
    await write('src/role/web/app.yaml', 'b: 2');
    await write('src/role/web/templates/deep/nginx.liquid', 'N');
    await write('src/role/web/environment/prod/app.properties', 'c=3');
    const fetched = valueOf(await tick(createDirectorySource(join(root, 'src')), [...LAYERS, 'absent']));
    expect(contentOf(fetched)).toEqual([
      'base/app.properties=a=1',
      'role/web/app.yaml=b: 2',
      'role/web/templates/deep/nginx.liquid=N',
      'role/web/environment/prod/app.properties=c=3',
    ]);
    expect(fetched).toMatchObject({ layout: 'directory', release: null, unchanged: false });
    expect(fetched.layers[0]?.files[0]?.object).toBe(join(root, 'src/base/app.properties'));
    expect(fetched.layers[3]).toEqual({ name: 'absent', files: [] });
  });

  it('says whether something changed', async () => {
    await write('base/app.properties', 'a=1');
    const source = createDirectorySource(root);
    const first = valueOf(await tick(source, LAYERS));
    expect(valueOf(await tick(source, LAYERS, first)).unchanged).toBe(true);
    await write('base/app.properties', 'a=2');
    expect(valueOf(await tick(source, LAYERS, first)).unchanged).toBe(false);
  });

  it('follows links that stay inside, also when the source itself is one', async () => {
    await write('src/shared/common.properties', 'a=1');
    await mkdir(join(root, 'src/base'));
    await symlink('../shared/common.properties', join(root, 'src/base/app.properties'));
    await symlink('src', join(root, 'link'));
    const fetched = valueOf(await tick(createDirectorySource(join(root, 'link')), ['base']));
    expect(contentOf(fetched)).toEqual(['base/app.properties=a=1']);
  });

  it('is not put off by a folder whose name begins with two dots, as Kubernetes mounts have it', async () => {
    await write('..2026/app.properties', 'a=1');
    await mkdir(join(root, 'base'));
    await symlink('../..2026/app.properties', join(root, 'base/app.properties'));
    const fetched = valueOf(await tick(createDirectorySource(root), ['base']));
    expect(contentOf(fetched)).toEqual(['base/app.properties=a=1']);
  });

  it.each([
    ['to a file', 'outside.properties', 'src/base/app.properties'],
    ['to a folder', '.', 'src/base/files'],
  ])('refuses a link %s that leaves it', async (_, target, link) => {
    await write('src/base/own.properties', 'a=1');
    await write('outside.properties', 'secret=1');
    await symlink(join(root, target), join(root, link));
    const outcome = await tick(createDirectorySource(join(root, 'src')), ['base']);
    expect(verdictOf(outcome)).toBe('fail LF_SOURCE_DENIED');
    expect(outcome).toMatchObject({ fault: { cause: expect.stringContaining('leads out of the source') } });
  });

  it('passes by sockets and the like, and folders where files belong', async () => {
    await write('base/app.properties', 'a=1');
    await mkdir(join(root, 'base/folder.properties'));
    const server = createServer().listen(join(root, 'base/socket.properties'));
    await once(server, 'listening');
    expect(contentOf(valueOf(await tick(createDirectorySource(root), ['base'])))).toEqual([
      'base/app.properties=a=1',
    ]);
    server.close();
  });

  it('names what is not there', async () => {
    await write('base/app.properties', 'a=1');
    const missing = await tick(createDirectorySource(join(root, 'nowhere')), LAYERS);
    expect(verdictOf(missing)).toBe('retry LF_OBJECT_MISSING');
    await symlink('nothing', join(root, 'base/dangling.properties'));
    const dangling = await tick(createDirectorySource(root), LAYERS);
    expect(dangling).toMatchObject({
      kind: 'retry',
      fault: { code: 'LF_OBJECT_MISSING', subject: join(root, 'base/dangling.properties') },
    });
  });

  it('takes what the system refuses as denied', async () => {
    await mkdir(join(root, 'base'));
    // A loop of links is refused to root as well, unlike a missing permission.
    await symlink('loop.properties', join(root, 'base/loop.properties'));
    expect(verdictOf(await tick(createDirectorySource(root), ['base']))).toBe('fail LF_SOURCE_DENIED');
  });

  it('keeps the limits', async () => {
    await write('base/large', 'x'.repeat(10 * 1024 * 1024 + 1));
    expect(verdictOf(await tick(createDirectorySource(root), ['base']))).toBe('fail LF_OBJECT_TOO_LARGE');
  });
});
