import { describe, expect, it } from 'vitest';
import { readPlan } from '#agent/plan/read-plan.ts';
import { layerOf } from '../support/layer-generator.ts';

const FILES = { 'scripts/a.sh': '', 'templates/t': '', 'files/f': '', 'schema.json': '{}' };
const read = (text: string) => readPlan([layerOf('base', { ...FILES, 'plan.yaml': `${text}\n` })]);
const web = (fields: string) => `templates: { web: { source: templates/t, target: /t, ${fields} } }`;
const hook = (fields: string) => `hooks: { setup: [{ ${fields} }] }`;

describe('a plan is refused for', () => {
  it.each([
    ['templats: {}', 'templats: there is no such section; did you mean templates?'],
    [
      'x: 1',
      /^x: there is no such section; known are require, schema, guard, leaks, peers, scripts, templates/,
    ],
    ['1: 1', /^1: there is no such section/],
    ['__proto__: 1', /^__proto__: there is no such section/],
    ['guard: { mode: off }', 'guard.mode: there is no such field; known are allow, unknown, hints'],
    ['guard: { unknown: show }', 'guard.unknown: must be warn or refuse'],
    ['guard: { hints: warn }', 'guard.hints: must be show or refuse'],
    ['peers: true', /^peers: must be a map with role, environment/],
    ['peers: { every: 1s }', 'peers.every: must be a duration from 5s to 1h'],
    ['peers: { every: 2h }', 'peers.every: must be a duration from 5s to 1h'],
    ['peers: { where: pool }', /^peers\.where: must be a map of tags/],
    ['peers: { where: { pool: [a] } }', 'peers.where: must be a map of tags, each with a text'],
    ['peers: { tag: version }', 'peers.tag: there is no such field; did you mean tags?'],
    ['hosts: { db: 10.0.1.7 }', /^hosts\.db: must be a map with address, aliases, until/],
    ['hosts: { db: {} }', 'hosts.db: needs address'],
    ['hosts: { db: { address: db2 } }', 'hosts.db.address: must be an address such as 10.0.1.7 or fd00::7'],
    ['hosts: { db: { address: 10.0.0.0/8 } }', /^hosts\.db\.address: must be an address/],
    ['hosts: { db: { address: 10.0.1.7, until: tomorrow } }', /^hosts\.db\.until: must be a time such as/],
    ['hosts: { db: { address: 10.0.1.7, until: 2026-12-24T18:00:00 } }', /^hosts\.db\.until: must be a time/],
    ['hosts: { db: { address: 10.0.1.7, aliases: ["a b"] } }', /^hosts\.db\.aliases.*host name/],
    ['hosts: { localhost: { address: 10.0.1.7 } }', /^hosts\.localhost: a name is made of/],
    ['hosts: { "a#b": { address: 10.0.1.7 } }', /^hosts\.a#b: a name is made of/],
    [
      'hosts: { a: { address: 10.0.1.7, aliases: [x] }, b: { address: 10.0.1.8, aliases: [X] } }',
      'hosts.b: X stands in hosts.a, too',
    ],
    ['schema: [a]', /^schema: must be a path below the layer's folder/],
    ['schema: ../schema.json', /^schema: must be a path/],
    ['scripts: [a]', 'scripts: must be a map of names'],
    ['scripts: { a: scripts/a.sh }', /^scripts\.a: must be a map with run, timeout/],
    ['scripts: { "a b": { run: scripts/a.sh } }', 'scripts.a b: a name is made of A-Z a-z 0-9 . _ -'],
    ['scripts: { ../a: { run: scripts/a.sh } }', /a name is made of/],
    ['scripts: { a: { timeout: 1m } }', 'scripts.a: needs run'],
    ...[
      '/',
      '/etc',
      '/usr/lib',
      '/var/lib',
      '/home/app',
      '/home',
      '/etc/../x',
      '/a/',
      '/a//b',
      '/proc/x',
      'a',
      '""',
    ].map((path): [string, RegExp] => [
      `scripts: { a: { run: scripts/a.sh, owns: [/srv/app, ${path}] } }`,
      /^scripts\.a\.owns: item 1 must be an absolute path .*not a folder of the system/,
    ]),
    [
      'init: { a: { document: schema.json, owns: /var/lib/landfall } }',
      /^init\.a\.owns: must be an absolute path/,
    ],
    [hook('command: x, owns: {}'), /^hooks\.setup#\d\.owns|^hooks\.setup.*owns: must be/],
    ['scripts: { a: { run: /scripts/a.sh } }', /^scripts\.a\.run: must be a path/],
    ['scripts: { a: { run: scripts/../a.sh } }', /^scripts\.a\.run: must be a path/],
    [
      'scripts: { a: { run: scripts/a.sh, timeot: 1m } }',
      'scripts.a.timeot: there is no such field; did you mean timeout?',
    ],
    ['scripts: { a: { run: scripts/a.sh, timeout: soon } }', /^scripts\.a\.timeout: must be a duration/],
    ['scripts: { a: { run: scripts/a.sh, timeout: 0 } }', /^scripts\.a\.timeout: must be a duration/],
    ['scripts: { a: { run: scripts/a.sh, timeout: 25h } }', /^scripts\.a\.timeout: must be a duration/],
    [
      'scripts: { a: { run: scripts/a.sh, when: sometimes } }',
      'scripts.a.when: must be once or always or fleet',
    ],
    ['scripts: { a: { run: scripts/a.sh, continueOnError: yes } }', /must be true or false/],
    ['scripts: { a: { run: scripts/a.sh, environment: { 1A: x } } }', /'1A' is no name of a variable/],
    ['scripts: { a: { run: scripts/a.sh, environment: { A: [x] } } }', /A must be a text/],
    ['scripts: { a: { run: scripts/a.sh, user: "a b" } }', /name or number of a user/],
    [web('mode: 420'), /^templates\.web\.mode: must be octal digits, such as "0644"/],
    [web('mode: 0o644'), /octal/],
    [web('mode: "0888"'), /octal/],
    [web('mode: rw-r--r--'), /octal/],
    [web('format: xml'), /must be text or json/],
    [web('independent: 1'), /must be true or false/],
    [web('check: ""'), /^templates\.web\.check: must be a text that is not empty/],
    [
      'templates: { a: { source: templates/t, target: etc/a } }',
      /^templates\.a\.target: must be an absolute path/,
    ],
    ['templates: { a: { source: templates/t, target: /etc/../a } }', /absolute path/],
    ['templates: { a: { source: templates/t, target: /etc//a } }', /absolute path/],
    ['templates: { a: { source: templates/t, target: /etc/ } }', /absolute path/],
    ['templates: { a: { target: /etc/a } }', 'templates.a: needs source'],
    ['files: { a: { target: /etc/a } }', 'files.a: needs source or content'],
    ['files: { a: { target: /a, source: files/f, content: x } }', /has source and content/],
    ['environmentFiles: { a: { prefix: app. } }', 'environmentFiles.a: needs target'],
    ['services: { "a/b": {} }', /a name is made of/],
    [
      'services: { a: { restartOn: [nginx] } }',
      /restartOn: item 0 must be an absolute path, or templates\.NAME/,
    ],
    ['services: { a: { restartOn: templates.web } }', 'services.a: there is no templates.web to watch'],
    ['hooks: { stup: [] }', 'hooks.stup: there is no such field; did you mean setup?'],
    ['hooks: { setup: true }', 'hooks.setup: must be a map of names'],
    ['hooks: { setup: [[a]] }', /^hooks\.setup\.base#1: must be a map with command, run/],
    ['hooks: { setup: [null] }', 'hooks.setup[0]: says nothing'],
    [hook('timeout: 1m'), 'hooks.setup.base#1: needs command or run'],
    [hook('command: a, run: scripts/a.sh'), /has command and run/],
    ['hooks: { setup: [{ name: a, command: x }, { name: a, command: y }] }', /'a' stands here a second time/],
    ['init: [a]', 'init: must be a map of names'],
    ['init: { a: /x }', /^init\.a\.document: must be a path/],
    ['init: { a: { configSets: [x] } }', 'init.a: needs document'],
    ['claims: { adress: {} }', 'claims.adress: there is no such field; did you mean address?'],
    ['claims: { address: {} }', 'claims.address: needs tag'],
    ['claims: { address: { tag: service } }', /must be a tag such as service=payroll/],
    ['claims: { volumes: { a: { tag: a=b } } }', 'claims.volumes.a: needs mount'],
    ['claims: { volumes: { a: { tag: a=b, mount: /a, device: sdf } } }', /device such as/],
    ['claims: { volumes: { a: { tag: a=b, mount: /a, makeFilesystem: ntfs } } }', /must be ext4 or xfs/],
    [
      'claims: { volumes: { a: { tag: a=b, mount: /a }, b: { tag: a=c, mount: /a } } }',
      /\/a is the target of claims\.volumes\.a, too/,
    ],
    ['logs: [a]', 'logs: must be a map of names'],
    ['logs: { app: /var/log/a }', 'logs.app: must be a map of settings'],
    ['metrics: true', 'metrics: must be a map of settings'],
    ['buckets: { a: {} }', 'buckets.a: needs owner'],
    ['buckets: { a: { owner: 12 } }', /^buckets\.a\.owner: must be the 12 digits/],
    ['signals: { cloudFormation: { stack: a } }', 'signals.cloudFormation: needs resource'],
    ['signals: { launchHook: [a] }', /must be a text/],
  ])('%s', (text, message) => {
    const { problems } = read(text);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ code: 'LF_PLAN_INVALID', file: 'base/plan.yaml', line: 1 });
    expect(problems[0]?.message).toEqual(
      typeof message === 'string' ? message : expect.stringMatching(message),
    );
  });

  it('two entries that write one file, whatever their sections', () => {
    const { problems } = read(
      [
        web('mode: "0600"'),
        'files: { a: { content: x, target: /t } }',
        'environmentFiles: { b: { target: /t } }',
      ].join('\n'),
    );
    expect(problems.map(({ line, message }) => `${line} ${message}`)).toEqual([
      '2 files.a: /t is the target of templates.web, too',
      '3 environmentFiles.b: /t is the target of templates.web, too',
    ]);
  });

  it('everything at once, each with its line', () => {
    const { problems } = read('scripts:\n  a:\n    run: x\n    timeout: y\ntemplates:\n  b:\n    mode: 1\n');
    expect(problems.map(({ line, message }) => `${line} ${message.split(':')[0]}`)).toEqual([
      '4 scripts.a.timeout',
      '7 templates.b.mode',
      '3 scripts.a.run',
      '6 templates.b',
      '6 templates.b',
    ]);
  });
});

describe('what is left out', () => {
  it('has its default', () => {
    const { plan, problems } = read(`
scripts: { a: { run: scripts/a.sh } }
templates: { web: { source: templates/t, target: /t } }
files: { f: { source: files/f, target: /f }, empty: { content: "", target: /e } }
environmentFiles: { env: { target: /env } }
services: { "getty@tty1.service": {} }
claims: { address: { tag: a=b=c }, volumes: { v: { tag: a=b, mount: /v } } }
`);
    expect(problems).toEqual([]);
    const free = { user: undefined };
    const target = {
      mode: undefined,
      owner: undefined,
      group: undefined,
      timeoutMs: 60_000,
      independent: false,
    };
    expect(plan).toMatchObject({
      scripts: [{ ...free, timeoutMs: 600_000, when: 'once', continueOnError: false, environment: {} }],
      templates: [{ ...target, check: undefined, reload: undefined, format: 'text' }],
      files: [
        { ...target, name: 'empty', content: '', source: undefined },
        { ...target, name: 'f', content: undefined },
      ],
      environmentFiles: [{ ...target, prefix: '' }],
      services: [{ enabled: undefined, running: undefined, restartOn: [], reloadOn: [] }],
      claims: {
        address: { tag: { name: 'a', value: 'b=c' }, release: false, timeoutMs: 300_000 },
        volumes: [{ device: undefined, makeFilesystem: undefined, options: undefined, timeoutMs: 600_000 }],
      },
    });
  });

  it.each([
    ['/etc/app.json', 'json'],
    ['/etc/app.yml', 'yaml'],
    ['/etc/app/.env', 'env'],
    ['/etc/app.properties', 'properties'],
    ['/etc/profile.d/app.sh', 'shell'],
    ['/etc/nginx.conf', 'text'],
    ['/etc/hosts', 'text'],
  ])('the format of %s is %s', (target, format) => {
    const { plan } = read(`templates: { a: { source: templates/t, target: ${target} } }`);
    expect(plan.templates).toMatchObject([{ format }]);
  });

  it('or written as a number, where a number can only mean one thing', () => {
    const { plan, problems } = read(
      'scripts: { a: { run: scripts/a.sh, timeout: 90, user: 1000, environment: { PORT: 80, ON: true } } }',
    );
    expect(problems).toEqual([]);
    expect(plan.scripts).toMatchObject([
      { timeoutMs: 90_000, user: '1000', environment: { PORT: '80', ON: 'true' } },
    ]);
  });
});

describe('a text of a plan is the text as written', () => {
  it.each([
    '1.10',
    '0123',
    '0x1F',
    '12345678901234567890',
    '1e3',
    'true',
    'No',
    '2026-11-29',
    '1_000',
    '.5',
    '+1',
    '0o17',
    '~x',
  ])('%s', (text) => {
    const { plan, problems } = read(`
scripts: { a: { run: scripts/a.sh, environment: { V: ${text} } } }
files: { f: { content: ${text}, target: /etc/f } }
claims: { address: { tag: version=${text} } }
require: [${text}]
hooks: { setup: [${text}] }`);
    expect(problems).toEqual([]);
    expect(plan).toMatchObject({
      scripts: [{ environment: { V: text } }],
      claims: { address: { tag: { name: 'version', value: text } } },
      require: [{ key: text }],
      hooks: { setup: [{ command: text }] },
    });
    expect(plan.files[0]).toMatchObject({ content: text });
  });

  it('a mode with its zero needs no quotes', () => {
    const { plan, problems } = read(web('mode: 0640'));
    expect(problems).toEqual([]);
    expect(plan.templates[0]?.mode).toBe(0o640);
  });
});

it('says what scripts, hooks and init documents own', () => {
  const { plan, problems } = read(
    [
      'scripts: { a: { run: scripts/a.sh, owns: [/etc/a.conf, /var/lib/a] } }',
      'hooks: { setup: [{ command: x, owns: /home/app/cache }] }',
      'init: { web: { document: schema.json, owns: /opt/web } }',
    ].join('\n'),
  );
  expect(problems).toEqual([]);
  expect([plan.scripts, plan.hooks.setup, plan.init].flatMap((list) => list.map(({ owns }) => owns))).toEqual(
    [['/etc/a.conf', '/var/lib/a'], ['/home/app/cache'], ['/opt/web']],
  );
});
