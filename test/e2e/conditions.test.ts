import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { DepartingSite } from './departing-site.ts';

const PROPERTIES = `threshold: 60
streak: 120
env.port: "8200"
enableX: false
allowEmptyPassword: no
feature: "false"
version: ""
flag: 0
on: "off"
list: ["1.1", "1.01", "10", "9"]
min: 2
max: 4
tcpHarvesterDisabled: false
`;

/** What was reported, as a template, and what its author wanted to see. */
const REPORTS: readonly (readonly [report: string, template: string, wanted: string])[] = [
  ['bosun-monitor/bosun#1759', '{% if threshold < streak %}alarm{% endif %}', 'alarm'],
  [
    'hashicorp/consul-template#1912',
    '{% assign p = 8100 | plus: 100 %}{% if p == env.port %}same{% endif %}',
    'same',
  ],
  ['hashicorp/consul-template#1285', '{% for i in (min..max) %}{{ i }}{% endfor %}', '234'],
  ['d2iq-archive/kudo-cassandra-operator#5', '{% if enableX %}on{% else %}off{% endif %}', 'off'],
  ['helm/charts#7160', '{% if allowEmptyPassword %}yes{% else %}no{% endif %}', 'no'],
  ['helm/helm#3308', '{{ feature | default: true }}', 'false'],
  ['jitsi/docker-jitsi-meet#885', '{% if not tcpHarvesterDisabled %}tcp{% endif %}', 'tcp'],
  ['harttle/liquidjs#47', 'x{%if version and version != "" %}~{{version}}{%endif%}', 'x'],
  ['11ty/buildawesome#2858', '{% if flag == false %}ok{% endif %}', 'ok'],
  ['roboll/helmfile#2141', '{{ on }}', 'off'],
  ['jg-rp/ruby-liquid2#3', '{{ list | sort | join: " " }}', '1.01 1.1 9 10'],
  ['OrchardCMS/OrchardCore#8835', '{% if on == "off" and flag == 0 %}both{% endif %}', 'both'],
];

const DOCUMENT = JSON.stringify({
  config: {
    files: {
      'TRACES/mustache': {
        content:
          '{{#value}}set{{/value}}{{^value}}empty{{/value}} {{#f}}F{{/f}}{{#z}}Z{{/z}}{{^z}}none{{/z}}',
        context: { value: '', f: 'false', z: '0' },
      },
    },
  },
});

it('what users of other tools reported of conditions comes out as they wanted it', async () => {
  const plan = `templates: { all: { source: templates/all, target: TRACES/all } }\ninit: files/init.json\n`;
  await using site = await DepartingSite.open(plan, {
    'base/c.yaml': PROPERTIES,
    'base/templates/all': REPORTS.map(([report, template]) => `${report}: ${template}\n`).join(''),
    'base/files/init.json': DOCUMENT,
  });
  await site.run();
  const lines = readFileSync(join(site.folder, 'all'), 'utf8').split('\n').slice(0, -1);
  expect(lines).toEqual(REPORTS.map(([report, , wanted]) => `${report}: ${wanted}`));
  // janl/mustache.js#186, samskivert/jmustache#57
  expect(readFileSync(join(site.folder, 'mustache'), 'utf8')).toBe('empty none');
});
