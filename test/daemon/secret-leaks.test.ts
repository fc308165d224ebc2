import { dirname } from 'node:path';
import { expect, it } from 'vitest';
import { systemClock } from '#kit/clock.ts';
import { disguises } from '../support/disguises.ts';
import { daemonBench, type DaemonBench } from '../support/daemon-bench.ts';
import { ask, type Place } from '../support/raw-http.ts';

const CANARY = 'hunter2Zebra99';

/** A configuration that takes the secret in somewhere, and fails or says something there. */
type Tale = (target: string) => Readonly<Record<string, string>>;

const template =
  (text: string, more = ''): Tale =>
  (target) => ({
    'plan.yaml': `templates: { t: { source: templates/t, target: ${target}/t${more} } }\n`,
    'templates/t': `${text}\n`,
  });

const plan =
  (text: string, files: Readonly<Record<string, string>> = {}): Tale =>
  (target) => ({ 'plan.yaml': text.replaceAll('TARGET', target), ...files });

const schema = (rule: object): Tale =>
  plan('schema: s.json\n', {
    's.json': JSON.stringify({ type: 'object', properties: { 'db.password': rule } }),
  });

const script = (text: string): Tale =>
  plan('scripts: { s: { run: scripts/s.sh } }\n', {
    'scripts/s.sh': `#!/bin/sh\n${text}\nexit 3\n`,
  });

const TALES: Readonly<Record<string, Tale>> = {
  'an included name': template('{% include db.password %}'),
  'a rendered name': template('{% assign f = db.password | append: "x" %}{% include f %}'),
  'an index': template('{{ props[db.password] }}'),
  'a path': template('{{ db[db.password] }}'),
  'a path below a path': template('{{ db[db.password].x.y }}'),
  'a time zone': template('{{ "2020-01-01" | date: "%Y", db.password }}'),
  'a number of digits': template('{{ 1.5 | round: db.password }}{{ nope }}'),
  'a range': template('{% for i in (1..db.password) %}{{ i }}{% endfor %}{{ nope }}'),
  'a word of another region': template('http://{{ db.password }}.sqs.us-east-1.amazonaws.com'),
  'a comment of a shell script': template('# {{ multi }}', ', format: shell'),
  'a check that prints it': template('{{ db.password }}', ', check: "cat {path} >&2; false"'),
  'a reload that prints it': template('{{ db.password }}', ', reload: "cat TARGET/t; false"'),
  'a variable of a service': plan('environmentFiles: { e: { prefix: "bad.", target: TARGET/e } }\n'),
  'a schema of its length': schema({ maxLength: 3 }),
  'a schema of its pattern': schema({ pattern: '^z' }),
  'a schema of its values': schema({ enum: ['a'] }),
  'a schema of its value': schema({ const: 'a' }),
  'a schema of its type': schema({ type: 'integer' }),
  'a schema of its format': schema({ format: 'ipv4' }),
  'a script that prints it': script('cat "$LANDFALL_PROPERTIES"'),
  'a script that prints it encoded': script(
    `sed -n 's/.*"db.password":"\\([^"]*\\)".*/u:\\1/p' "$LANDFALL_PROPERTIES" | base64`,
  ),
  'a script that prints a part of a value': script(
    `sed -n 's/.*pg:..u:\\([^@]*\\)@.*/\\1/p' "$LANDFALL_PROPERTIES"`,
  ),
  'a script that prints a field nobody names': script('cat "$LANDFALL_PROPERTIES" | tr -d "{}"'),
  'a command of a hook': plan('hooks: { configure: [{ command: "cat $LANDFALL_NEW >&2; exit 4" }] }\n'),
  'a version to deploy': plan('', {
    'd.properties': 'landfall.deploy.version=${db.password}/x\n',
  }),
  'a digest to deploy': plan('', {
    'd.properties':
      'landfall.deploy.version=1\nlandfall.deploy.artefact=a\nlandfall.deploy.sha256=${db.password}\n',
  }),
  'an artefact to deploy': plan('', {
    'd.properties': `landfall.deploy.version=1\nlandfall.deploy.artefact=\${db.password}\nlandfall.deploy.sha256=${'0'.repeat(64)}\n`,
  }),
  'a directory to deploy to': plan('', {
    'd.properties': `landfall.deploy.version=1\nlandfall.deploy.artefact=a\nlandfall.deploy.sha256=${'0'.repeat(64)}\nlandfall.deploy.directory=/proc/\${db.password}\n`,
  }),
  'a name of a key': plan('', { 'k.properties': 'k=${a.${db.password}:x}\n' }),
  'a name of a secret': plan('', { 'k.properties': 'k=${@ssm:/${db.password}}\n' }),
  'a field of a secret': plan('', { 'k.properties': 'k=${@secret:doc#${db.password}}\n' }),
  'a default of a secret': plan('', { 'k.properties': 'k=${@ssm:/none::${db.password}}${nope}\n' }),
  'a secret that names another region': plan('', { 'k.properties': 'k=${@ssm:/foreign}\n' }),
};

const KEYS = {
  'base/a.properties':
    'db.password=${@ssm:/db/password}\ndb.url=pg://u:${@ssm:/db/password}@h\nmulti=${@ssm:/multi}\nbad.key=${@ssm:/control}\nwhole=${@secret:doc}\n',
};

function strange(sandbox: DaemonBench['sandbox']): void {
  const put = (name: string, value: string) => sandbox.parameters.put('eu-west-1', name, value);
  put('/db/password', CANARY);
  put('/multi', `${CANARY}\nsecond`);
  put('/control', `${CANARY}\u{1}`);
  put('/foreign', `${CANARY}.us-east-1.amazonaws.com`);
  sandbox.secrets.put('eu-west-1', 'doc', JSON.stringify({ user: 'u', deep: { token: CANARY } }));
}

/** Everything that a user without the token, and whoever reads the log, gets to see. */
async function told(bench: DaemonBench, place: Place): Promise<string> {
  const paths = ['status', 'generations', 'generations/1/diff', 'generations/2/diff', 'layers', 'config'];
  const keys = ['db.password', 'db.url', 'whole', 'k', 'landfall.deploy.version'];
  const texts = await Promise.all(
    [
      ...paths.map((path) => `/v1/${path}`),
      ...keys.flatMap((key) => [`/v1/explain/${key}`, `/v1/config/${key}`]),
      '/readyz',
      '/metrics',
    ].map(async (path) => (await ask(place, { path, headers: { host: 'localhost' } })).text),
  );
  return [...bench.log, ...texts].join('\n');
}

async function tell(tale: Tale): Promise<{ readonly said: string; readonly outcome: string }> {
  const bench = await daemonBench();
  strange(bench.sandbox);
  for (const [path, text] of Object.entries(KEYS)) bench.put(path, text);
  // Commands take real time.
  const daemon = await bench.daemon({ host: { clock: systemClock } });
  await daemon.booted;
  for (const [path, text] of Object.entries(tale(dirname(bench.runDir)))) bench.put(`base/${path}`, text);
  const outcome = await daemon.refresh();
  const port = /127\.0\.0\.1:(\d+)/.exec(bench.log.join('\n'))?.[1];
  const said = await told(bench, { host: '127.0.0.1', port: Number(port) });
  return {
    said: `${said}\n${JSON.stringify(outcome)}\n${JSON.stringify(daemon.status())}`,
    outcome: outcome.kind,
  };
}

it.each(Object.entries(TALES))('no message holds a secret: %s', async (_, tale) => {
  const { said, outcome } = await tell(tale);
  expect([outcome, said.length > 1000]).toEqual([expect.stringMatching(/fail|retry|ok/), true]);
  const found = disguises(CANARY).filter((shape) => said.includes(shape.toString('latin1')));
  expect(found.map(String)).toEqual([]);
});
