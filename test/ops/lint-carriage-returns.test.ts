import { expect, it } from 'vitest';
import { linter } from './linted.ts';

const lint = linter();
const SCRIPT = '#!/bin/sh\r\necho {{ app.name }}\r\n';
const PLAN = (init: string) => `templates:
  a: { source: templates/a.sh, target: /opt/a }
files:
  b: { source: files/b, target: /opt/b }
  c: { content: "#!/bin/sh\\r\\ntrue\\r\\n", target: /opt/c }
${init}`;

it('a script in CR LF is warned of in a template, a file, inline text and an init document', async () => {
  const config = {
    files: {
      '/opt/d': { content: SCRIPT.replace('{{ app.name }}', 'x') },
      '/opt/e': { content: 'text\r\n' },
    },
    commands: { one: { command: 'echo a\r\necho b' }, two: { command: 'echo a\necho b' } },
  };
  const found = await lint({
    'base/plan.yaml': PLAN('init: init.json\n'),
    'base/templates/a.sh': SCRIPT,
    'base/files/b': '#!/bin/sh\nfirst\r\n',
    'base/init.json': JSON.stringify({ config }),
  });
  expect(found).toMatchObject({
    code: 0,
    warnings: [
      'LF_PLAN_INVALID base/files/b:2',
      'LF_INIT_INVALID base/init.json',
      'LF_INIT_INVALID base/init.json',
      'LF_PLAN_INVALID base/plan.yaml:5',
      'LF_PLAN_INVALID base/templates/a.sh:1',
    ],
  });
  expect(found.messages).toContain('templates.a: /opt/a becomes a script whose lines end in CR LF');
  expect(found.messages).toContain('config/commands/one: has lines that end in CR LF');
});

it('text in CR LF that is no script is left alone', async () => {
  const found = await lint({
    'base/plan.yaml': PLAN(''),
    'base/templates/a.sh': 'echo\r\n',
    'base/files/b': 'x\r\n',
  });
  expect(found.warnings).toEqual(['LF_PLAN_INVALID base/plan.yaml:5']);
});
