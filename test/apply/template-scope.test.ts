import { describe, expect, it } from 'vitest';
import { render, renderYaml } from './template-bench.ts';

const VALUES = {
  'db.host': 'h',
  'db.pool.size': '5',
  db: 'top',
  'a-b.c_d': 'dash',
  'x/y': 'slash',
  on: '1',
  long: 'x'.repeat(50_000),
};

describe('a template names', () => {
  it.each([
    ['{{ db.host }}', 'h'],
    ['{{ db.pool.size }}', '5'],
    ['{{ a-b.c_d }}', 'dash'],
    ['{{ props["db.host"] }}', 'h'],
    ['{{ props["x/y"] }}', 'slash'],
    ['{{ landfall.region }} {{ landfall.instanceId }} {{ landfall.tags.role }}', 'eu-west-1 i-0abc web'],
    ['{{ db }} and {{ db | upcase }}', 'top and TOP'],
    ['{% if db == "top" %}yes{% endif %}', 'yes'],
    ['{% for entry in db.pool %}{{ entry[0] }}={{ entry[1] }};{% endfor %}', 'size=5;'],
    ['{{ db.pool | json }}', '{"size":"5"}'],
    ['{{ "2024-05-06T07:08:09Z" | date: "%Y-%m-%d %H:%M %z" }}', '2024-05-06 07:08 +0000'],
    ['{% capture c %}<{{ db.host }}>{% endcapture %}{{ c }}', '<h>'],
    ['{% assign n = on | plus: 1 %}{{ n }}', '2'],
  ])('%s', (text, expected) => {
    expect(render(text, VALUES)).toBe(expected);
  });

  it('lists as lists, whose items keep their text', () => {
    const yaml =
      'up: [a, "1.10", no]\nservers:\n  - name: x\n    ports: [1, 2]\n  - name: y\n    ports: []\n';
    expect(renderYaml('{{ up | join: "," }} {{ up[0] }} {{ up.1 }} {{ up.size }}', yaml)).toBe(
      'a,1.10,no a 1.10 3',
    );
    expect(renderYaml('{% for s in servers %}{{ s.name }}:{{ s.ports | size }} {% endfor %}', yaml)).toBe(
      'x:2 y:0 ',
    );
    expect(renderYaml('{{ servers | json }}', yaml)).toBe(
      '[{"name":"x","ports":["1","2"]},{"name":"y","ports":[]}]',
    );
    expect(renderYaml('{{ servers[0].nope }}', yaml)).toContain("no key 'servers.0.nope'");
  });
});

describe('an unknown key', () => {
  it.each([
    ['{{ nope }}', 1, 4, 'nope'],
    ['\n\n  {{ db.nope }}', 3, 6, 'db.nope'],
    ['{{ nope | upcase }}', 1, 4, 'nope'],
    ['{{ db.host | append: nope }}', 1, 22, 'nope'],
    ['{{ size }}', 1, 4, 'size'],
    ['{{ db.pool.first }}', 1, 4, 'db.pool.first'],
    ['{{ toString }}', 1, 4, 'toString'],
    ['{{ db.constructor }}', 1, 4, 'db.constructor'],
    ['{{ db.__proto__ }}', 1, 4, 'db.__proto__'],
    ['{{ props["nope"] }}', 1, 4, 'props.nope'],
    ['{{ landfall.nope }}', 1, 4, 'landfall.nope'],
    ['{% for i in nope %}{% endfor %}', 1, 13, 'nope'],
    ['{% assign x = nope | append: "z" %}', 1, 15, 'nope'],
    ['{{ nope.a | default: other }}', 1, 22, 'other'],
  ])('%j is an error with its place, never a blank', (text, line, column, name) => {
    expect(render(text, VALUES)).toMatch(
      new RegExp(`^base/templates/t:${line}:${column} there is no key '${name.replaceAll('.', '\\.')}'`),
    );
  });

  it('may be absent where a template says so', () => {
    expect(render('{{ nope.deep | default: "d" }}')).toBe('d');
    expect(render('{% if nope %}a{% elsif nope.deep %}b{% else %}c{% endif %}')).toBe('c');
    expect(render('{% unless nope %}u{% endunless %}')).toBe('u');
    expect(render('{% assign x = nope | default: "d" %}{{ x }}')).toBe('d');
  });
});

describe('a template refuses', () => {
  it.each([
    ['{{ db.pool }}', 'it is a group of keys'],
    ['{{ "a,b" | split: "," }}', 'it is a list'],
    ['{{ "" | split: "," | first }}', 'it has no value'],
    ['{{ db.host | nofilter }}', 'undefined filter: nofilter'],
    ['{% nosuch %}', 'tag "nosuch" not found'],
    ['{{ db.host', 'not closed'],
    ['{% layout "x" %}', 'tag "layout" not found'],
    ['{{ "now" | date: "%Y" }}', 'the time of rendering'],
    ['{{ "1,2" | split: "," | sample }}', 'undefined filter: sample'],
    ['{% include "../secret" %}', "there is no template '../secret'"],
    ['{% include "/etc/passwd" %}', "there is no template '/etc/passwd'"],
    ['{% for i in (1..100000000) %}x{% endfor %}', 'memory alloc limit'],
    ['{% for i in (1..99) %}{{ long }}{% endfor %}', 'grows beyond 4194304 bytes'],
  ])('%s', (text, message) => {
    expect(render(text, VALUES)).toContain(message);
  });
});

describe('an error of a template', () => {
  it.each([
    ['{% include pw %}', 'there is no such template'],
    ['{% render "part" %}', "there is no template 'part'"],
    ['{{ props[pw] }}', "there is no key 'props[pw]'"],
    ['{{ db[pw].x }}', "there is no key 'db[pw].x'"],
    ['{{ props["no.key"] }}', "there is no key 'props.no.key'"],
    ['{{ "2020-01-01" | date: "%Y", pw }}', '(RangeError)'],
  ])('says what is written and what kind it is, never a value: %s', (text, message) => {
    const said = render(text, { pw: 'hunter2Zebra99', 'db.host': 'h' });
    expect(said).toContain(message);
    expect(said).not.toContain('hunter2');
  });
});

describe('a partial', () => {
  it('is a file of the same folder, and its errors have its name and line', () => {
    const partials = { 'sub/p': 'host {{ db.host }} {{ v }}', bad: '\n{{ nope }}' };
    expect(
      render('{% render "sub/p", v: on %};{% include "./sub/p", v: db %}', VALUES, 'text', partials),
    ).toBe('host h 1;host h top');
    expect(render('\n\n\n{% include "bad" %}', VALUES, 'text', partials)).toMatch(
      /^base\/templates\/bad:2:4 /,
    );
  });
});
