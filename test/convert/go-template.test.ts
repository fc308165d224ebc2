import { describe, expect, it } from 'vitest';
import { confdDialect, CONSUL_DIALECT } from '#scripts/ops/convert/go-template/dialect.ts';
import { translate } from '#scripts/ops/convert/go-template/translation.ts';

const BRACES = ['{{', '}}'] as const;
const confd = (source: string): string => translate(source, confdDialect(''), BRACES).text;
const consul = (source: string): string => translate(source, CONSUL_DIALECT, BRACES).text;

describe('a Go template in Liquid', () => {
  it.each([
    ['{{getv "/a/b"}}', '{{ a.b }}'],
    ['{{- getv "/a/b" -}}', '{{- a.b -}}'],
    ['{{getv `/a/b`}}', '{{ a.b }}'],
    ['{{getv "/a/b" "x}}y"}}', '{{ a.b | default: "x}}y" }}'],
    ['{{getv "/a/1/b c"}}', '{{ props["a.1.b c"] }}'],
    ['{{range getvs "/1/*"}}{{.}}{{end}}', '{% for entry in props["1"] %}{{ entry[1] }}{% endfor %}'],
    [
      '{{range gets "/a/*"}}{{range getvs "/b/*"}}{{.}}{{end}}{{.Value}}{{end}}',
      '{% for entry in a %}{% for entry2 in b %}{{ entry2[1] }}{% endfor %}{{ entry[1] }}{% endfor %}',
    ],
    ['{{if not (exists "/a")}}x{{end}}', '{% if a == nil %}x{% endif %}'],
    ['{{if getv "/a"}}x{{end}}', '{% if a != nil and a != "" %}x{% endif %}'],
    ['{{/* said */}}x {% y %}', '{% raw %}x {% y %}{% endraw %}'],
    ['a{{- /* said */ -}}b', 'a{%- comment -%}{% endcomment %}b'],
    [
      '{{with get "/a/b"}}{{base .Key}} {{.Key}}={{.Value}}{{end}}',
      '{% if a.b != nil %}{{ "b" }} {{ "/a/b" }}={{ a.b }}{% endif %}',
    ],
    [
      '{{$d := split (getv "/a") ":"}}{{index $d 0}}-{{index $d 1}}',
      '{% assign d = a | split: ":" %}{{ d[0] }}-{{ d[1] }}',
    ],
    ['{{$x := getv "/a"}}{{toUpper $x}}', '{% assign x = a %}{{ x | upcase }}'],
    ['{{range $k := split (getv "/a") ","}}{{$k}}{{end}}', undefined],
  ])('of confd: %s', (source, expected) => {
    if (expected === undefined) expect(confd(source)).toContain('{% comment %}left out: range');
    else expect(confd(source)).toBe(expected);
  });

  it.each([
    ['{{ key "a/b@dc1" }}', '{{ a.b }}'],
    ['{{ key "a/b" | toUpper | trimSpace }}', '{{ a.b | upcase | strip }}'],
    ['{{ key "a" | split "," | join ";" }}', '{{ a | split: "," | join: ";" }}'],
    [
      '{{ with key "a" }}<{{ . }}>{{ else }}-{{ end }}',
      '{% if a != nil and a != "" %}<{{ a }}>{% else %}-{% endif %}',
    ],
    [
      '{{ range $i, $p := ls "a" }}{{ $i }}{{ $p.Key }}{{ end }}',
      '{% for entry in a %}{{ forloop.index0 }}{{ entry[0] }}{% endfor %}',
    ],
    [
      '{{ if and (keyExists "a") (ne (key "b") "x") }}y{{ end }}',
      '{% if a != nil and b != "x" %}y{% endif %}',
    ],
    ['{{ printf "%s:%d" (key "h") 80 }}', '{{ h | append: ":" | append: 80 }}'],
  ])('of consul-template: %s', (source, expected) => {
    expect(consul(source)).toBe(expected);
  });

  it.each([
    ['{{ env "HOME" }}', 'the environment of a program'],
    ['{{ service "web" }}', 'registry'],
    ['{{ key (env "X") }}', 'only known when it runs'],
    ['{{ key "a" | sprig_trunc 3 }}', 'Liquid has no sprig_trunc'],
    ['{{ if or (and (keyExists "a") (keyExists "b")) (keyExists "c") }}x{{ end }}', 'no parentheses'],
    ['{{ .Unknown }}', 'the dot stands for nothing'],
    ['{{ $gone }}', 'there is no $gone'],
    ['{{ template "x" }}', 'template has no counterpart'],
    ['{{ define "x" }}{{ key "a" }}{{ end }}', 'define has no counterpart'],
    ['{{ range ls "a" }}', 'a block does not end'],
    ['{{ end }}', 'end has no counterpart'],
    ['{{ key "a" | contains "b"', 'Liquid has no contains'],
    ['{{ ~ }}', 'there is no meaning to "~'],
  ])('names what it cannot say: %s', (source, why) => {
    const { text, left } = translate(`first\n${source}`, CONSUL_DIALECT, BRACES);
    expect(left).toMatchObject([{ line: 2, why: expect.stringContaining(why) as string }]);
    expect(text).toMatch(/^first\n\{% comment %\}left out: [^{}]*\{% endcomment %\}$/);
  });

  it('leaves a text of other delimiters alone, and reads between them', () => {
    const { text } = translate('{{ x }} [[ key "a" ]]', CONSUL_DIALECT, ['[[', ']]']);
    expect(text).toBe('{% raw %}{{ x }} {% endraw %}{{ a }}');
  });

  it('tells each key that has to be there once, and none that has a default', () => {
    const { keys } = translate(
      '{{ key "a" }}{{ key "a" }}\n{{ keyOrDefault "b" "x" }}{{ range ls "c" }}{{ end }}',
      CONSUL_DIALECT,
      BRACES,
    );
    expect(keys).toEqual([
      { key: 'a', line: 1, isGroup: false },
      { key: 'c', line: 2, isGroup: true },
    ]);
  });
});
