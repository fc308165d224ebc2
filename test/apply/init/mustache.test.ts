import { describe, expect, it } from 'vitest';
import { renderMustache } from '#agent/apply/init/mustache.ts';

const CONTEXT = {
  name: 'a<b',
  off: 'false',
  no: 'No',
  zero: 0,
  none: '',
  on: 'true',
  truth: true,
  list: ['x', 'y'],
  empty: [],
  nothing: null,
  map: { name: 'inner', deep: { port: 80 } },
  servers: [
    { host: 'h1', tls: 'yes' },
    { host: 'h2', tls: 'off' },
  ],
};

function rendered(template: string): string {
  const rendering = renderMustache(template, CONTEXT);
  return rendering.kind === 'rendered' ? rendering.text : JSON.stringify(rendering);
}

describe('a section of mustache', () => {
  it.each(['off', 'no', 'zero', 'none', 'empty', 'nothing', 'missing', 'map.missing', 'name.missing'])(
    'is none for %s, and the inverted one is one',
    (name) => {
      expect(rendered(`a{{#${name}}}b{{/${name}}}{{^ ${name} }}c{{/${name}}}d`)).toBe('acd');
    },
  );

  it.each(['on', 'truth', 'name', 'list.missing', 'map', 'map.deep.port'])('is one for %s', (name) => {
    const expected = name === 'list.missing' ? 'c' : 'b';
    expect(rendered(`{{#${name}}}b{{/${name}}}{{^${name}}}c{{/${name}}}`)).toBe(expected);
  });

  it('repeats for lists, and looks names up from the inside', () => {
    expect(rendered('{{#list}}<{{.}}>{{/list}}')).toBe('<x><y>');
    expect(rendered('{{#servers}}{{host}}{{#tls}} tls {{{name}}}{{/tls}};{{/servers}}')).toBe(
      'h1 tls a<b;h2;',
    );
    expect(rendered('{{#map}}{{name}} {{deep.port}}{{/map}} {{name}}')).toBe('inner 80 a&lt;b');
  });

  it('that has a line for itself takes the line with it', () => {
    expect(rendered('a\n  {{#on}}\nb\n{{/on}}\nc\n{{! note }}\nd {{#on}}e{{/on}}\n')).toBe('a\nb\nc\nd e\n');
    expect(rendered('{{#off}}\r\nx\r\n{{/off}}\r\ny')).toBe('y');
  });

  it('that does not end, and a tag that is not done, are told', () => {
    expect(renderMustache('{{#on}}x', CONTEXT)).toEqual({ kind: 'unbalanced', tag: '{{#on}}' });
    expect(renderMustache('x{{/on}}', CONTEXT)).toEqual({ kind: 'unbalanced', tag: '{{/on}}' });
    expect(renderMustache('{{#on}}{{#off}}{{/on}}{{/off}}', CONTEXT)).toEqual({
      kind: 'unbalanced',
      tag: '{{/on}}',
    });
    expect(renderMustache('{{> part}}', CONTEXT)).toEqual({ kind: 'unsupported', tag: '{{> part}}' });
    const many = { l: Array.from({ length: 1000 }, String) };
    expect(renderMustache('{{#l}}{{#l}}x{{/l}}{{/l}}', many)).toEqual({ kind: 'endless' });
    expect(renderMustache('{{#off}}{{nope}}{{/off}}{{nope}}', CONTEXT)).toEqual({
      kind: 'unknown',
      name: 'nope',
    });
  });
});
