import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { tarOf } from '../support/archives.ts';
import type { AwsStage } from './aws-stage.ts';
import { inhabit, renew, type Disk } from './relocation-disk.ts';
import { bucketOf, NEW, OLD, type HomeRegion } from './relocation-payroll.ts';

/** Everything a plan can put on a disk, below one folder: as a data volume it may be away when the fence runs. */
export function dataOf(disk: Disk): string {
  return join(disk.base, 'data');
}

/** What others have put there, and what has to be there after each fence. */
const OF_OTHERS = { 'keep/mine': 'of the operator', 'there/mine': 'of the operator' };

export function layOthers(disk: Disk): void {
  for (const [name, text] of Object.entries(OF_OTHERS)) {
    mkdirSync(join(dataOf(disk), name, '..'), { recursive: true });
    writeFileSync(join(dataOf(disk), name), text);
  }
}

/** Files that are not the operator's. */
export function leftOn(disk: Disk): readonly string[] {
  const data = dataOf(disk);
  const entries = existsSync(data) ? readdirSync(data, { recursive: true, withFileTypes: true }) : [];
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(data, join(parentPath, name)))
    .filter((name) => !(name in OF_OTHERS) && !name.startsWith('app/current/'))
    .toSorted();
}

export function othersOn(disk: Disk): Readonly<Record<string, string>> {
  const read = (name: string): string => readFileSync(join(dataOf(disk), name), 'utf8');
  return Object.fromEntries(Object.keys(OF_OTHERS).map((name) => [name, read(name)]));
}

export { OF_OTHERS };

/** The tree of a region: rendered, linked, unpacked into a new folder and into one that is there, deployed, and owned. */
export function putTree(stage: AwsStage, region: HomeRegion, disk: Disk, version = '1.0'): void {
  const data = dataOf(disk);
  const bucket = bucketOf(region);
  const tar = tarOf({
    'etc/queue': `https://sqs.${region}.amazonaws.com/1/q\n`,
    link: { link: 'etc/queue' },
  });
  const artefact = tarOf({ VERSION: `${region}\n` });
  const sources = { [`${data}/dst`]: `s3://${bucket}/app.tar`, [`${data}/there`]: `s3://${bucket}/app.tar` };
  const files = {
    [`${data}/init.conf`]: { content: `db.${region}.rds.amazonaws.com\n` },
    [`${data}/linked`]: { content: `dst/etc/queue`, mode: '120777' },
  };
  const objects = {
    'app.tar': tar,
    'payroll/app.tgz': artefact,
    'payroll/base/init.json': JSON.stringify({ config: { sources, files } }),
    'payroll/base/templates/t': '{{ h }}\n',
    'payroll/base/scripts/own.sh': `mkdir -p ${data}/owned && echo '{}' > ${data}/owned/${region}\n`,
    'payroll/base/plan.yaml': [
      `templates: { t: { source: templates/t, target: ${data}/conf.d/app.conf } }`,
      'init: init.json',
      `scripts: { own: { run: scripts/own.sh, owns: [${data}/owned] } }`,
    ].join('\n'),
    'payroll/base/a.properties': [
      `h=db.${region}.rds.amazonaws.com`,
      `landfall.deploy.version=${version}`,
      'landfall.deploy.artefact=app.tgz',
      `landfall.deploy.sha256=${createHash('sha256').update(artefact).digest('hex')}`,
      `landfall.deploy.directory=${data}/app`,
    ].join('\n'),
  };
  for (const [key, body] of Object.entries(objects)) stage.sandbox.putObject(bucket, key, body);
}

/** What lies below the folder after a life in `region`. */
export function expectedOn(region: HomeRegion, version = '1.0'): readonly string[] {
  return [
    `app/versions/${version}/VERSION`,
    'conf.d/app.conf',
    'dst/etc/queue',
    'init.conf',
    `owned/${region}`,
    'there/etc/queue',
  ];
}

/** A life in Virginia that put all of it there; the disk is taken as it lies. */
export async function livedOn(disk: Disk, stage: AwsStage, env = {}): Promise<void> {
  await renew(stage);
  layOthers(disk);
  putTree(stage, OLD, disk);
  await using old = await inhabit(disk, stage, OLD, { env });
  await old.citizen.ready();
  await old.citizen.agent.stop();
  disk.take();
}

export function putNothing(stage: AwsStage): void {
  stage.sandbox.putObject(bucketOf(NEW), 'payroll/base/b.properties', 'v=1\n');
}

export function currentOn(disk: Disk): string | undefined {
  try {
    return readlinkSync(join(dataOf(disk), 'app/current'));
  } catch {
    return undefined;
  }
}
