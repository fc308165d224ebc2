import { execFileSync } from 'node:child_process';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { envLiteral, propertiesLiteral, shellLiteral, yamlLiteral } from '#agent/apply/render/escapes.ts';
import { readBack } from '../properties/parse-text.ts';
import { readEnvironmentFile } from './systemd-env-file.ts';
import { render } from './template-bench.ts';

/** Where formats break: quotes, escapes, expansions, comments, controls, separators, astral and lone halves. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(...Array.from('"\'\\`$#;:=!&|<>(){}[]*?~%@,-. \t\n\r/')),
      fc.constantFrom(
        '\u0085',
        '\u2028',
        '\uFEFF',
        '\u0007',
        'é',
        '😀',
        '${x}',
        '$(id)',
        '{{',
        '\\u0041',
        "''",
      ),
      fc.string({ maxLength: 4 }),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));
const wellFormed = hostile.map((text) => text.replaceAll('\0', '').toWellFormed());
const forSystemd = wellFormed.map((text) => text.replaceAll(/[^\P{Cc}\t\n\u{80}-\u{9F}]/gu, ''));

describe('a value in quotes of the template, and without', () => {
  it('is what JSON.parse reads', () => {
    fc.assert(
      fc.property(hostile, (v) => {
        const text = render('{"a": "<{{ v }}>", "b": {{ v }}, "c": {{ v | json }}}', { v }, 'json');
        const { a, b, c } = JSON.parse(text) as Record<string, unknown>;
        expect([a, String(b), c]).toEqual([`<${v}>`, /^-?\d/.test(v) ? String(b) : v, v]);
      }),
    );
  });

  it('is what a YAML parser reads, of 1.1 and 1.2', () => {
    fc.assert(
      fc.property(wellFormed, (v) => {
        const text = render('a: "<{{ v }}>"\nb: {{ v }} # it\'s\nc: {{ v | yaml }}\n', { v }, 'yaml');
        for (const version of ['1.1', '1.2'] as const) {
          const { a, b, c } = parseYaml(text, { version }) as Record<string, unknown>;
          expect([a, typeof b === 'string' ? b : v, c]).toEqual([`<${v}>`, v, v]);
        }
      }),
    );
  });

  it('keeps its type only where the template writes no quotes', () => {
    const values = { n: '8080', t: 'true', z: '007', e: '1e5', f: '1.50' };
    const text = render('[{{ n }}, {{ t }}, {{ z }}, {{ e }}, {{ f }}, "{{ n }}"]', values, 'json');
    expect(text).toBe('[8080, true, "007", "1e5", 1.50, "8080"]');
    expect(render("a: {{ n }}\nb: '{{ n }}'\nc: it's {{ n }}\n", values, 'yaml')).toBe(
      "a: 8080\nb: '8080'\nc: it's 8080\n",
    );
  });

  it('is what java.util.Properties reads', () => {
    fc.assert(
      fc.property(hostile, (v) => {
        const text = render('a={{ v }}\nb = x{{ v }}\n', { v }, 'properties');
        expect(readBack('t.properties', text)).toEqual([
          ['a', v],
          ['b', `x${v}`],
        ]);
        expect(readBack('t.properties', `a=${propertiesLiteral(v)}\n`)).toEqual([['a', v]]);
      }),
    );
  });

  it('is what systemd reads of an EnvironmentFile=', () => {
    fc.assert(
      fc.property(forSystemd, (v) => {
        const oneLine = v.replaceAll('\n', '');
        const text = render(
          '# it\'s\nA={{ v }}\nB="<{{ v }}>"\nC=http://{{ w }}:1/{{ w }}\nD={{ v | env }}\n',
          { v, w: oneLine },
          'env',
        );
        expect(readEnvironmentFile(text)).toEqual({
          A: v,
          B: `<${v}>`,
          C: `http://${oneLine}:1/${oneLine}`,
          D: v,
        });
      }),
    );
  });

  it('is what sh reads, from a script and from an environment file', () => {
    const values = fc.sample(wellFormed, { numRuns: 150, seed: 4 });
    const template = `cat <<EOF >/dev/null\nit's $(true)\nEOF\nprintf '%s\\0' {{ v }} "<{{ v }}>" '<{{ v }}>' x{{ v }} {{ v | shell }} "$(printf %s. {{ v }})" "$(printf %s. "<{{ v }}>" '{{ v }}')"\n`;
    const script = values.map((v) => render(template, { v }, 'shell')).join('');
    expect(wordsOf(script)).toEqual(
      values.flatMap((v) => [v, `<${v}>`, `<${v}>`, `x${v}`, v, `${v}.`, `<${v}>.${v}.`]),
    );

    const variables = fc.sample(forSystemd, { numRuns: 150, seed: 5 });
    const sourced = variables
      .map((v) => `${render('A={{ v }}\n', { v }, 'env')}printf '%s\\0' "$A"\n`)
      .join('');
    expect(wordsOf(sourced)).toEqual(variables);
  });
});

describe('what a format cannot hold', () => {
  it.each([
    ['env', 'A={{ v }}', 'a\u0007', 'no control character'],
    ['env', "A='{{ v }}'", "it's", 'use double quotes'],
    ['env', 'A=x{{ v }}', 'a\nb', 'needs quotes'],
    ['env', '# {{ v }}', 'a\nEVIL=1', 'cannot stand in a comment'],
    ['shell', 'echo # {{ v }}', 'a\nrm -rf /', 'cannot stand in a comment'],
    ['shell', 'echo {{ v }}', 'a\0', 'NUL'],
    ['shell', 'x=`echo {{ v }}`', 'a', 'backquotes'],
    ['shell', 'cat <<-"EOF"\n{{ v }}\nEOF\n', 'a', 'here-documents'],
    ['yaml', "a: '{{ v }}'", 'a\nb', 'use double quotes'],
  ] as const)('is an error, in %s: %s', (format, text, v, message) => {
    expect(render(text, { v }, format)).toContain(message);
  });
});

describe('raw', () => {
  it('opts out, and a filter of another format is taken as it is', () => {
    const v = '"x"';
    expect(render('{{ v | raw }} {{ v | shell }}', { v }, 'json')).toBe('"x" \'"x"\'');
    expect(render('{{ v }}', { v })).toBe('"x"');
    expect([envLiteral('$a'), shellLiteral("a'b"), yamlLiteral('\u0085')]).toEqual([
      '"\\$a"',
      "'a'\\''b'",
      '"\\u0085"',
    ]);
  });
});

function wordsOf(script: string): readonly string[] {
  return execFileSync('/bin/sh', [], { input: script, env: {}, encoding: 'utf8' }).split('\0').slice(0, -1);
}
