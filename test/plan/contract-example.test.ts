import { expect, it } from 'vitest';
import { plainOf } from '#agent/plan/plan-node.ts';
import { readPlan } from '#agent/plan/read-plan.ts';
import { layerOf } from '../support/layer-generator.ts';

/** Every section in one plan: the fixed example, as users were promised it. */
const EXAMPLE = `
require: [db.host, db.port]                  # keys that must have a value
schema: schema.json                          # JSON Schema over the effective properties
guard:
  allow:
    - { key: "billing.export.*", region: us-east-1, reason: "billing data exists only there" }
scripts:                                     # base, then role, then environment; once per instance and content
  10-base: { run: scripts/base.sh, timeout: 10m }
templates:
  nginx: { source: templates/nginx.conf.liquid, target: /etc/nginx/nginx.conf, mode: "0644", owner: root,
           check: "nginx -t -c {path}", reload: "systemctl reload nginx" }
hooks: { setup: [...], configure: [...], deploy: [...], undeploy: [...], shutdown: [...] }
init: init.json                              # an AWS::CloudFormation::Init document
claims: { address: { tag: "service=payroll" }, volumes: { data: { tag: "service=payroll", mount: /srv/data } } }
logs:
  app: { path: "/var/log/payroll/*.log", group: "/{environment}/{role}/app", stream: "{instanceId}", retention: 30d }
metrics: { namespace: "Landfall/{environment}", interval: 60s, collect: [cpu, memory, swap, disk, network, load], statsd: 127.0.0.1:8125 }
`;

const at = (line: number) => ({ place: { file: 'base/plan.yaml', line } });

it('the example of the contract is a plan, as it stands', () => {
  const { plan, problems, warnings } = readPlan([
    layerOf('base', {
      'plan.yaml': EXAMPLE,
      'schema.json': '{}',
      'init.json': '{}',
      'scripts/base.sh': 'true\n',
      'templates/nginx.conf.liquid': '',
    }),
  ]);
  expect({ problems, warnings }).toEqual({ problems: [], warnings: [] });
  const hook = { ...at(12), layer: 'base', name: 'base#1', command: '...', run: undefined };
  expect(plan).toMatchObject({
    require: [{ key: 'db.host' }, { key: 'db.port' }],
    schemas: [{ layer: 'base', path: 'schema.json' }],
    allow: [{ key: 'billing.export.*', region: 'us-east-1', file: 'base/plan.yaml', line: 6 }],
    scripts: [
      {
        name: '10-base',
        ...at(8),
        layer: 'base',
        run: { layer: 'base', path: 'scripts/base.sh' },
        timeoutMs: 600_000,
      },
    ],
    templates: [
      {
        name: 'nginx',
        ...at(10),
        source: { layer: 'base', path: 'templates/nginx.conf.liquid' },
        target: '/etc/nginx/nginx.conf',
        mode: 0o644,
        owner: 'root',
        check: 'nginx -t -c {path}',
        reload: 'systemctl reload nginx',
        format: 'text',
        independent: false,
      },
    ],
    hooks: { setup: [hook], configure: [hook], deploy: [hook], undeploy: [hook], shutdown: [hook] },
    init: [{ name: 'base#1', document: { layer: 'base', path: 'init.json' }, configSets: ['default'] }],
    claims: {
      address: { tag: { name: 'service', value: 'payroll' }, release: false },
      volumes: [{ name: 'data', tag: { name: 'service', value: 'payroll' }, mount: '/srv/data' }],
    },
    logs: [{ name: 'app' }],
    signals: { launchHook: undefined, terminationHook: undefined, cloudFormation: undefined },
  });
  expect(plan.logs.map(({ settings }) => plainOf(settings))).toMatchObject([
    { path: '/var/log/payroll/*.log', retention: '30d' },
  ]);
  expect(plan.metrics && plainOf(plan.metrics.settings)).toMatchObject({
    interval: '60s',
    collect: ['cpu', 'memory', 'swap', 'disk', 'network', 'load'],
  });
});
