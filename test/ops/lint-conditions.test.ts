import { describe, expect, it } from 'vitest';
import { linter } from './linted.ts';

const lint = linter();

const YAML = `tls: { mode: yes, word: auto }
port: "8080"
log: { level: info }
cache: { small: 64k, large: 128k }
none: ""
pw: \${@ssm:/pw}
list: [a, b]
`;

/** What lint says of one template, warnings as `line:message`. */
async function warned(template: string, parts: Readonly<Record<string, string>> = {}) {
  const { code, problems, warnings, messages } = await lint({
    'base/plan.yaml': 'templates:\n  app: { source: templates/a, target: /etc/a, mode: "0600" }\n',
    'base/c.yaml': YAML,
    'base/templates/a': template,
    ...parts,
  });
  return { code, problems, warnings, messages };
}

function condition(text: string) {
  return warned(`\n{% if ${text} %}x{% endif %}\n`);
}

describe('a condition that cannot be meant is warned of', () => {
  it.each([
    ['true', '`true` is a condition that no key changes'],
    ['"false"', '`"false"` is a condition that no key changes'],
    ['1 == 1', '`1` == `1` is a condition that no key changes'],
    ['log.level == "info" or "debug"', '`"debug"` is a condition that no key changes'],
    ['not false', '`false` is a condition that no key changes'],
    ['log.level == info', 'there is no key `info`; a text stands in quotes'],
    ['tls.mode == True', 'there is no key `True`; a text stands in quotes, and truth is true'],
    ['log.level contains inf', 'there is no key `inf`; a text stands in quotes'],
    ['tls.word == true', '`tls.word` is compared with `true` and is neither true nor false'],
    ['tls.word == 8080', '`tls.word` is compared with `8080` and is no number'],
    ['8080 == tls.word', '`tls.word` is compared with `8080` and is no number'],
    [
      'port == 12345678901234567890',
      '`port` is compared with `12345678901234567890` as a number, which tells 15 digits apart; write it in quotes',
    ],
    [
      'tls.mode == "true"',
      '`tls.mode` is compared with `"true"` letter by letter; write true without quotes',
    ],
    [
      'cache.small < cache.large',
      '`cache.small` < `cache.large` goes by letters, for they are not both numbers',
    ],
    ['tls.mode and port or list', 'conditions are read from the right'],
  ])('`%s`: %s', async (text, message) => {
    expect(await condition(text)).toMatchObject({
      code: 0,
      problems: [],
      warnings: ['LF_TEMPLATE base/templates/a:2'],
      messages: expect.stringContaining(message) as string,
    });
  });

  it('and a part that could not be rendered, in a branch that is not taken', async () => {
    const found = await warned('{% if missing %}{% include "part" %}{% endif %}', {
      'base/templates/part': '\n{% if a = b %}{% endif %}',
    });
    expect(found).toMatchObject({ code: 0, warnings: ['LF_TEMPLATE base/templates/part:2'] });
    const absent = await warned('\n{% if missing %}{% render "nope" %}{% endif %}');
    expect(absent).toMatchObject({
      code: 0,
      warnings: [expect.stringContaining('LF_TEMPLATE base/templates/a')],
    });
  });

  it('and a key that has the name of a word of Liquid', async () => {
    const found = await warned('\n{% if blank %}x{% endif %}', { 'base/d.yaml': 'blank: x\n' });
    expect(found.messages).toBe('`blank` is a condition that no key changes');
    const reached = await warned('{% if props["blank"] == "x" %}x{% endif %}', {
      'base/d.yaml': 'blank: x\n',
    });
    expect(reached.warnings).toEqual([]);
  });

  it('and a range that is none', async () => {
    const found = await warned(
      '\n{% for i in (1..tls.word) %}{{ i }}{% endfor %}{% for i in (1..port) %}{% endfor %}',
    );
    expect(found).toMatchObject({
      warnings: ['LF_TEMPLATE base/templates/a:2'],
      messages: '`tls.word` is the end of a range and is no number',
    });
  });

  it('in branches that are not taken, in `case`, in parts and in expressions', async () => {
    const found = await warned(
      `{% if missing %}{% if port == web %}x{% endif %}{% endif %}
{% case port %}
{% when auto %}x
{% when true %}x
{% endcase %}
{% include 'part' %}
{% assign x = tls.word == 5 %}{{ x }}
`,
      { 'base/templates/part': '\n{% unless "x" %}y{% endunless %}' },
    );
    expect(found).toMatchObject({
      code: 0,
      warnings: [1, 3, 4, 7]
        .map((line) => `LF_TEMPLATE base/templates/a:${line}`)
        .concat('LF_TEMPLATE base/templates/part:2'),
    });
  });
});

describe('a condition that can be meant is left alone', () => {
  it.each([
    'tls.mode',
    'tls.mode == true and port == 8080',
    'port > 80 and tls.word == "auto"',
    'missing == "x"',
    'missing.deep == true',
    'missing != nil',
    'none == 1',
    'none == empty',
    'pw == true',
    'pw == 5',
    'log.level == "debug" or log.level == "info" and port == 1',
    'landfall.region == "eu-west-1"',
    'cache.small < "70k"',
    'list contains "a"',
    'list == missing.deep',
    'tls.mode == "no"',
  ])('`%s`', async (text) => {
    expect(await condition(text)).toMatchObject({ code: 0, problems: [], warnings: [], messages: '' });
  });

  it('where it names what a template assigns', async () => {
    const text = `{% assign web = "a" %}{% for one in list %}{% if one == web and forloop.first == true %}x{% endif %}{% endfor %}`;
    expect(await warned(text)).toMatchObject({ code: 0, warnings: [] });
  });

  it('and one that is refused is told once', async () => {
    expect(await condition('tls.word > 5')).toMatchObject({
      code: 5,
      problems: ['LF_TEMPLATE base/templates/a:2'],
      warnings: [],
    });
    expect(await condition('port = 5')).toMatchObject({
      code: 5,
      messages: 'this is no condition: write `==` for `=`',
    });
  });
});
