import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { tarOf } from '../support/archives.ts';
import { DepartingSite } from './departing-site.ts';

const SHARED = 'shared-artefacts';
const OWNER = '210987654321';
const DOCUMENT = JSON.stringify({
  config: { files: { 'TRACES/tool': { source: `s3://${SHARED}/tool` } } },
});
const PLAN = `init: { app: { document: files/init.json } }
buckets: { ${SHARED}: { owner: "${OWNER}" } }
`;

it('objects of a bucket of another account are fetched as that of the owner whom the plan names', async () => {
  await using site = await DepartingSite.open(PLAN, { 'base/files/init.json': DOCUMENT });
  const { sandbox, instance } = site.payroll;
  sandbox.addBucket({ name: SHARED, region: instance.region, owner: OWNER });
  const tar = tarOf({ VERSION: '1\n' });
  sandbox.putObject(SHARED, 'tool', 'a tool\n');
  sandbox.putObject(SHARED, '1.tar', tar);
  const wish = {
    version: '1',
    artefact: `s3://${SHARED}/1.tar`,
    sha256: createHash('sha256').update(tar).digest('hex'),
    directory: join(site.folder, 'app'),
  };
  site.put(
    'base/deploy.properties',
    Object.entries(wish)
      .map(([key, value]) => `landfall.deploy.${key}=${value}\n`)
      .join(''),
  );
  await site.run();
  expect(readFileSync(join(site.folder, 'tool'), 'utf8')).toBe('a tool\n');
  expect(readFileSync(join(site.folder, 'app/current/VERSION'), 'utf8')).toBe('1\n');
  const owners = (bucket: (path: string) => boolean) =>
    new Set(
      sandbox.requests.entries
        .filter(({ service, path }) => service === 's3' && bucket(path))
        .map(({ expectedOwner }) => expectedOwner),
    );
  expect(owners((path) => path.includes(SHARED))).toEqual(new Set([OWNER]));
  expect(owners((path) => !path.includes(SHARED))).toEqual(new Set(['123456789012']));
});
