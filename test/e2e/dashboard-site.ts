import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Payslips } from '../../scripts/sandbox/programs/demo-payslips.ts';
import { printPointer } from '../../config-service/release/pointer.ts';
import { objectKey } from '../../config-service/release/manifest.ts';
import { sha256Hex } from '../../config-service/release/digest.ts';
import { releaseOf, type Contents } from '../support/release-fixture.ts';
import type { Citizen } from './citizen.ts';
import { newBase } from './citizen.ts';
import { Payroll, REGION, type Files } from './payroll.ts';

/** An instance with something in every corner of its dashboard. */
export interface DashboardSite {
  readonly payroll: Payroll;
  readonly citizen: Citizen;
}

const APP = [
  'app.name=payroll',
  `db.host=payroll.d0blckr43xyz.${REGION}.rds.amazonaws.com`,
  'db.port=5432',
  'db.name=payroll',
  'db.url=jdbc:postgresql://${db.host}:${db.port}/${db.name}?ssl=true',
  'db.password=${@secret:payroll/db#password}',
  'feature.payslips.pdf=true',
  'greeting=Payroll ${@role} in ${@region} (${@environment})',
  'log.level=INFO',
  'mail.from=payroll@example.com',
  'archive.bucket=payroll-archive-us-east-1',
  'workers=2',
  '',
].join('\n');

/** What a version of the payroll service has, with a plan that puts its files below `base`. */
function contentsOf(version: number, base: string): Contents {
  return {
    base: {
      'app.properties': `${APP}app.version=${version}\n`,
      'plan.yaml': [
        `templates: { nginx: { source: templates/nginx.conf, target: ${base}/nginx.conf }, app: { source: templates/app.conf, target: ${base}/app.conf } }`,
        `environmentFiles: { app: { target: ${base}/payroll.env, prefix: db. } }`,
        `scripts: { 10-user: { run: scripts/user.sh } }`,
        'peers: {}',
        `logs: { payslips: { path: "${base}/log/*.log", group: "/{environment}/{role}/payslips" } }`,
        'metrics: { namespace: "Payroll/{environment}", interval: 1s, collect: [memory], own: false, statsd: "127.0.0.1:0" }',
        '',
      ].join('\n'),
      'templates/nginx.conf': `upstream app { server 127.0.0.1:808${version}; }\n`,
      'templates/app.conf': 'workers = {{ workers }}\n',
      'scripts/user.sh': '#!/bin/sh\necho ready\n',
    },
    [`region/${REGION}`]: {
      'endpoints.properties': `cache.host=payroll.q7w8e9.ng.0001.euw1.cache.amazonaws.com\nqueue.payslips=https://sqs.${REGION}.amazonaws.com/123456789012/payslips\ntax.rules=ie-paye-2026\n`,
    },
    'role/web': {
      'web.yaml': 'workers: 8\nnginx:\n  upstreams: ["127.0.0.1:8081", "127.0.0.1:8082"]\n  keepalive: 65s\n',
    },
    'environment/prod': {
      'prod.properties': `log.level=${version > 1 ? 'WARN' : 'ERROR'}\ndb.pool=${version * 20}\n`,
    },
  };
}

const idOf = (version: number): string => `20261201T0${version}00Z-payroll`;

/** @param version moves the pointer to it; a later one is its candidate where it is given. */
export function release(payroll: Payroll, base: string, version: number, candidate?: number): void {
  const all = [version, ...(candidate === undefined ? [] : [candidate])].map((number) =>
    contentsOf(number, base),
  );
  for (const contents of all)
    for (const [layer, files] of Object.entries(contents))
      for (const text of Object.values(files)) payroll.put(objectKey(layer, sha256Hex(text)), text);
  const stable = releaseOf(idOf(version), contentsOf(version, base));
  const next =
    candidate === undefined
      ? {}
      : {
          candidate: {
            release: releaseOf(idOf(candidate), contentsOf(candidate, base)),
            salt: 'salt',
            startedAt: new Date(Date.now() - 600_000).toISOString(),
            steps: [
              { percent: 10, afterMs: 0 },
              { percent: 100, afterMs: 86_400_000 },
            ],
          },
        };
  payroll.put('current.json', printPointer({ region: REGION, stable, ...next }));
}

export async function openDashboardSite(): Promise<DashboardSite> {
  const payroll = await Payroll.open({
    files: {},
    instance: { tags: { role: 'web', environment: 'prod', Name: 'payroll-web-7' } },
  });
  payroll.sandbox.secrets.put(REGION, 'payroll/db', JSON.stringify({ password: 'hunter2Zebra99' }));
  const base = newBase();
  mkdirSync(join(base, 'log'));
  new Payslips(join(base, 'log'), REGION).pay(600);
  release(payroll, base, 1);
  const citizen = await payroll.run({ base });
  for (const version of [2, 3]) {
    release(payroll, base, version, version === 3 ? 4 : undefined);
    await citizen.serves('app.version', String(version));
  }
  await citizen.cli('set', 'workers', '24', '--for', '2h', '--reason', 'month end');
  await citizen.until('/v1/status', ({ text }) => text.includes('the rollout of'));
  return { payroll, citizen };
}

/** Keys and values of somebody who wants to harm whoever looks at them. */
export const HOSTILE: Files = {
  'base/hostile.json': JSON.stringify({
    '<img src=x onerror=alert(1)>': '<script>globalThis.harmed = true</script>',
    'bidi.value': 'safe\u202egnp.exe\u2066\u200b',
    'markup.value':
      '"><svg onload="globalThis.harmed=true"><a href="javascript:globalThis.harmed=true">x</a>',
    'template.value': '{{constructor.constructor("globalThis.harmed=true")()}} ${x:${y:z}}'.replace(
      '${x:${y:z}}',
      '',
    ),
    '__proto__.polluted': 'yes',
    constructor: 'not a function',
    'line.breaks': 'one\r\ntwo\tthree\u0000\u001b[31mfour',
    'huge.value': 'x'.repeat(1_000_000),
    'emoji.\u{1f3dd}': '\u{1f3dd}\ud800 lone',
  }),
  'base/many.properties': Array.from(
    { length: 50_000 },
    (_, index) => `many.key${String(index).padStart(5, '0')}=value ${index}`,
  ).join('\n'),
};
