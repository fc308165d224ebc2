import { sha256Hex } from '../../config-service/release/digest.ts';
import { objectKey } from '../../config-service/release/manifest.ts';
import { printPointer } from '../../config-service/release/pointer.ts';
import { candidateOf, releaseOf, type Contents } from '../support/release-fixture.ts';
import type { AwsStage } from './aws-stage.ts';
import { SOURCE } from './payroll.ts';

export const OLD = 'us-east-1';
export const NEW = 'eu-west-1';
export type HomeRegion = typeof OLD | typeof NEW;

/** In every kind of value of a region, so that one that outlives the move shows even where it names no region. */
export const CANARY: Readonly<Record<HomeRegion, string>> = {
  [OLD]: 'canary-virginia-4711',
  [NEW]: 'canary-ireland-4712',
};

export const SECRETS = {
  '/payroll/password': (region: HomeRegion) => `pw-${CANARY[region]}`,
  'payroll/api': (region: HomeRegion) => JSON.stringify({ key: `key-${CANARY[region]}` }),
};

export const bucketOf = (region: string): string => SOURCE.replace('{region}', region).split('/')[2] ?? '';

/**
 * A payroll service that names its region wherever configuration can: through facts, in its region's layer, in templates,
 * files, the environment file, a script, hooks, an init document, and secrets. Its targets lie below `base`.
 */
export function payrollOf(region: HomeRegion, base: string): Contents {
  const etc = `${base}/etc/payroll`;
  const srv = `${base}/srv`;
  return {
    base: {
      'app.properties': [
        'where=${@region}/${@zone}/${@account}',
        'queue=https://sqs.${@region}.${@dnsSuffix}/${@account}/payslips',
        'app.db.url=jdbc:postgresql://${db.host}:5432/payroll',
        'app.canary=${canary}',
        'app.password=${@ssm:/payroll/password}',
        'api.key=${@secret:payroll/api#key}',
        'log.level=INFO',
        '',
      ].join('\n'),
      'plan.yaml': `
require: [db.host]
templates:
  app: { source: templates/app.conf.liquid, target: ${etc}/app.conf, reload: "test ! -e ${srv}/slow || sleep 3" }
files:
  motd: { content: "Payroll\\n", target: ${etc}/motd }
environmentFiles:
  app: { prefix: app., target: ${etc}/env }
scripts:
  10-first: { run: scripts/first.sh }
hooks:
  setup: ["echo setup $AWS_REGION >> ${srv}/ran"]
  configure: ["echo configured $AWS_REGION >> ${srv}/ran"]
`,
      'scripts/first.sh': `echo "script $LANDFALL_REGION $CANARY" >> ${srv}/ran\n`,
      'templates/app.conf.liquid':
        'region {{ landfall.region }}\ndb {{ app.db.url }}\nqueue {{ queue }}\nkey {{ api.key }}\n',
    },
    [`region/${region}`]: {
      'endpoints.properties': `db.host=payroll.c9akciq32abc.${region}.rds.amazonaws.com\ncanary=${CANARY[region]}\n`,
      'plan.yaml': `
init: init.json
files:
  where: { source: files/where.txt, target: ${etc}/where }
`,
      'files/where.txt': `${region} ${CANARY[region]}\n`,
      'init.json': JSON.stringify({
        config: {
          files: { [`${etc}/init.conf`]: { content: `${region} ${CANARY[region]}\n`, mode: '000640' } },
        },
      }),
    },
  };
}

/** As rendered by `payrollOf`, by name. */
export function renderedIn(region: HomeRegion): Readonly<Record<string, string>> {
  const db = `jdbc:postgresql://payroll.c9akciq32abc.${region}.rds.amazonaws.com:5432/payroll`;
  const canary = CANARY[region];
  return {
    'app.conf': [
      `region ${region}`,
      `db ${db}`,
      `queue https://sqs.${region}.amazonaws.com/123456789012/payslips`,
      `key key-${canary}`,
      '',
    ].join('\n'),
    env: `CANARY="${canary}"\nDB_URL="${db}"\nPASSWORD="pw-${canary}"\n`,
    'init.conf': `${region} ${canary}\n`,
    motd: 'Payroll\n',
    where: `${region} ${canary}\n`,
  };
}

export interface Published {
  /** Whose release it is; in the bucket of another region, what replication leaves there. Default: the bucket's. */
  readonly of?: HomeRegion;
  readonly layout?: 'release' | 'tree';
  /** Files beside those of the payroll service; one of the same name takes its place. */
  readonly more?: Contents;
  /** With a candidate that no instance can take. */
  readonly candidate?: boolean;
}

/** Into the bucket of `region`: objects first, pointer last. */
export async function publishTo(
  stage: AwsStage,
  region: HomeRegion,
  base: string,
  { of = region, layout = 'release', more = {}, candidate = false }: Published = {},
): Promise<void> {
  const contents = merged(payrollOf(of, base), more);
  const put = (key: string, text: string): Promise<void> =>
    stage.put(bucketOf(region), region, `payroll/${key}`, text);
  const broken: Contents = { base: { 'app.properties': `a=\${nobody}\nb=${CANARY[of]}\n` } };
  for (const [layer, files] of Object.entries(contents))
    for (const [path, text] of Object.entries(files))
      await put(layout === 'tree' ? `${layer}/${path}` : objectKey(layer, sha256Hex(text)), text);
  if (layout === 'tree') return;
  for (const [layer, files] of Object.entries(broken))
    for (const text of Object.values(files)) await put(objectKey(layer, sha256Hex(text)), text);
  const startedAt = '2020-01-01T00:00:00Z';
  const tried = candidate ? { candidate: { ...candidateOf('broken', undefined, broken), startedAt } } : {};
  await put('current.json', printPointer({ region: of, stable: releaseOf(`r-${of}`, contents), ...tried }));
}

function merged(contents: Contents, more: Contents): Contents {
  const layers = [...new Set([...Object.keys(contents), ...Object.keys(more)])];
  return Object.fromEntries(layers.map((layer) => [layer, { ...contents[layer], ...more[layer] }]));
}
