import { describe, expect, it } from 'vitest';
import { render, renderYaml } from './template-bench.ts';

const VALUES = {
  off: 'false',
  on: 'true',
  no: 'no',
  Yes: 'Yes',
  none: '',
  spaces: '  ',
  zero: '0',
  'zero.point': '0.0',
  text: 'eu-west-1',
  port: '8080',
  'n.ten': '10',
  'n.nine': '9',
  'n.dotted': '1.0',
  'n.exact': '1.10',
  auto: 'auto',
  'group.a': '1',
  'both.tls': 'off',
  both: 'false',
};

/** `ON` where the condition holds. */
function holds(condition: string, values: Readonly<Record<string, string>> = VALUES): string {
  return render(`{% if ${condition} %}ON{% else %}off{% endif %}`, values);
}

const CASE = '{% when 80, 8080 %}p{% when true %}t{% when "no" or nil %}n{% else %}-{% endcase %}';

function chosen(value: string, branches = CASE): string {
  return render(`{% case ${value} %}${branches}`, VALUES);
}

describe('a condition by itself', () => {
  it.each([
    ['on', 'ON'],
    ['Yes', 'ON'],
    ['text', 'ON'],
    ['port', 'ON'],
    ['group', 'ON'],
    ['off', 'off'],
    ['no', 'off'],
    ['none', 'off'],
    ['spaces', 'off'],
    ['zero', 'off'],
    ['zero.point', 'off'],
    ['missing', 'off'],
    ['missing.deep', 'off'],
    ['both', 'off'],
    ['both.tls', 'off'],
    ['"false"', 'off'],
    ['not off', 'ON'],
    ['not on', 'off'],
    ['not missing', 'ON'],
    ['on and off', 'off'],
    ['on and not off', 'ON'],
    ['off or Yes', 'ON'],
    ['off or no', 'off'],
    ['not off and on', 'ON'],
    ['text contains "west"', 'ON'],
    ['port contains 80', 'ON'],
  ])('`%s` is %s', (condition, expected) => {
    expect(holds(condition)).toBe(expected);
    expect(render(`{% unless ${condition} %}off{% else %}ON{% endunless %}`, VALUES)).toBe(expected);
    expect(render(`{% if zero %}{% elsif ${condition} %}ON{% else %}off{% endif %}`, VALUES)).toBe(expected);
  });

  it('is an empty list', () => {
    expect(renderYaml('{% if l %}ON{% else %}off{% endif %}', 'l: []\n')).toBe('off');
    expect(renderYaml('{% if l %}ON{% else %}off{% endif %}', 'l: [no]\n')).toBe('ON');
    expect(renderYaml('{% if l.size %}ON{% else %}off{% endif %}', 'l: []\n')).toBe('off');
  });
});

describe('a comparison', () => {
  it.each([
    ['on == true', 'ON'],
    ['Yes == true', 'ON'],
    ['no == false', 'ON'],
    ['off == true', 'off'],
    ['off != true', 'ON'],
    ['text == true', 'off'],
    ['text == false', 'off'],
    ['none == false', 'off'],
    ['missing == false', 'off'],
    ['missing != true', 'ON'],
    ['on == "true"', 'ON'],
    ['Yes == "true"', 'off'],
    ['port == 8080', 'ON'],
    ['8080 == port', 'ON'],
    ['port == "8080"', 'ON'],
    ['port != 8080', 'off'],
    ['port == 80', 'off'],
    ['n.dotted == 1', 'ON'],
    ['n.dotted == "1"', 'off'],
    ['n.exact == "1.10"', 'ON'],
    ['n.exact == "1.1"', 'off'],
    ['auto == 8080', 'off'],
    ['auto != 8080', 'ON'],
    ['missing == 8080', 'off'],
    ['n.ten > n.nine', 'ON'],
    ['n.ten > 9', 'ON'],
    ['"10" > 9', 'ON'],
    ['9 < n.ten', 'ON'],
    ['n.nine >= 9.0', 'ON'],
    ['n.ten <= n.nine', 'off'],
    ['n.dotted >= 1', 'ON'],
    ['missing > 1', 'off'],
    ['none < 1', 'off'],
    ['text > "ap-south-1"', 'ON'],
    ['none == empty', 'ON'],
    ['spaces == blank', 'ON'],
    ['missing == nil', 'ON'],
    ['text != nil', 'ON'],
    ['group == empty', 'off'],
    ['group != empty', 'ON'],
    ['port == 8080 and on == true', 'ON'],
  ])('`%s` is %s', (condition, expected) => {
    expect(holds(condition)).toBe(expected);
    expect(
      render(`{% assign x = missing | default: "" %}{% if ${condition} %}ON{% else %}off{% endif %}`, VALUES),
    ).toBe(expected);
  });

  it('has no order between a number and a text that is none', () => {
    expect(holds('auto > 1')).toBe(
      'base/templates/t:1:1 it asks for the greater of a number and what is none',
    );
    expect(holds('group < 1')).toContain('the greater of a number');
    expect(holds('on > true')).toContain('the greater of a number');
  });

  it('finds numbers and truth in lists and by filters', () => {
    const yaml = `ports: [80, "8080"]
servers:
  - { name: a, tls: no, port: 80 }
  - { name: b, tls: yes, port: "8080" }
  - { name: c, port: 443 }
`;
    const names = (filter: string) => renderYaml(`{{ servers | ${filter} | map: "name" | join: "," }}`, yaml);
    expect(renderYaml('{% if ports contains 8080 %}ON{% endif %}', yaml)).toBe('ON');
    expect(names('where: "tls"')).toBe('b');
    expect(names('reject: "tls"')).toBe('a,c');
    expect(names('where: "tls", true')).toBe('b');
    expect(names('where: "tls", false')).toBe('a');
    expect(names('where: "port", 8080')).toBe('b');
    expect(names('where: "port", "8080"')).toBe('b');
    expect(names('where: "tls", nil')).toBe('c');
    expect(names('where_exp: "s", "s.tls"')).toBe('b');
    expect(names('where_exp: "s", "s.port > 100"')).toBe('b,c');
    expect(names('reject_exp: "s", "s.tls == true"')).toBe('a,c');
    expect(names('sort: "port"')).toBe('a,c,b');
    expect(renderYaml('{% assign s = servers | find: "port", 443 %}{{ s.name }}', yaml)).toBe('c');
    expect(renderYaml('{{ servers | find_index: "tls" }}{{ servers | has: "port", 443 }}', yaml)).toBe(
      '1true',
    );
    expect(renderYaml('{{ servers | sum: "port" }} {{ ports | sum }}', yaml)).toBe('8603 8160');
  });

  it('chooses a branch of `case`', () => {
    expect(chosen('port')).toBe('p');
    expect(chosen('on')).toBe('t');
    expect(chosen('Yes')).toBe('t');
    expect(chosen('no')).toBe('n');
    expect(chosen('missing')).toBe('n');
    expect(chosen('auto')).toBe('-');
    expect(chosen('port', '{% when n.ten %}no{% when port %}same{% endcase %}')).toBe('same');
  });
});

describe('what is put out', () => {
  it('is the text as it is written, whatever it was compared with', () => {
    expect(render('{% if n.exact == 1.1 and Yes %}{{ n.exact }} {{ Yes }} {{ on }}{% endif %}', VALUES)).toBe(
      '1.10 Yes true',
    );
    expect(
      render('{{ off | default: "x" }} {{ zero | default: "x" }} {{ none | default: "x" }}', VALUES),
    ).toBe('false 0 x');
  });

  it('orders numbers as numbers, and anything else as text', () => {
    expect(renderYaml('{{ l | sort | join: " " }}', 'l: [10, 9, "1.5"]\n')).toBe('1.5 9 10');
    expect(renderYaml('{{ l | sort | join: " " }}', 'l: [b, a10, a9]\n')).toBe('a10 a9 b');
  });

  it('is reckoned with numbers only', () => {
    expect(render('{{ n.ten | plus: n.nine | times: "2" }} {{ n.ten | divided_by: 4 }}', VALUES)).toBe(
      '38 2.5',
    );
    expect(render('{{ "abcdef" | slice: 1, n }} {{ "abcdef" | truncate: n, "" }}', { n: '3' })).toBe(
      'bcd abc',
    );
    expect(render('{{ auto | plus: 1 }}', VALUES)).toBe(
      'base/templates/t:1:1 `plus` is given what is no number',
    );
    expect(render('{{ none | plus: 1 }}', VALUES)).toContain('`plus` is given what is no number');
    expect(render('{{ port | divided_by: 0 }}', VALUES)).toContain('`divided_by` divides by zero');
  });
});

describe('a slip in a condition', () => {
  it.each([
    ['a = b', 'write `==` for `=`'],
    ['a === b', 'write `==` for `===`'],
    ['a && b', 'write `and` for `&&`'],
    ['a || b', 'write `or` for `||`'],
    ['!a', 'write `not` for `!`'],
    ['a <> b', 'write `!=` for `<>`'],
    ['a eq b', 'write `==`'],
    ['a is true', 'write `==`'],
    ['a gt 3', 'write `>` or `>=`'],
    ['a in b', 'write `list contains item`'],
    ['(a or b) and c', 'there are no parentheses'],
    ['a, b', 'write `and` or `or` for `,`'],
    ['a == "x" junk', 'this is no condition'],
    ['a ==', 'this is no condition'],
    ['not', 'this is no condition'],
    ['a == "x', 'this is no condition'],
    ['a and', 'this is no condition'],
  ])('`%s` is refused: %s', (condition, hint) => {
    for (const tag of ['if', 'unless'])
      expect(render(`\n{% ${tag} ${condition} %}x{% end${tag} %}`, VALUES)).toMatch(
        /^base\/templates\/t:2:\d+ this is no/,
      );
    expect(holds(condition)).toContain(hint);
    expect(render(`{% if on %}{% elsif ${condition} %}x{% endif %}`, VALUES)).toContain(
      'this is no condition',
    );
  });

  it('is refused in `case` and `when`, too', () => {
    const WHEN = '{% case on %}\n{% when "a" = 1 %}{% endcase %}';
    expect(render(WHEN, VALUES)).toBe('base/templates/t:2:9 this is no condition: write `==` for `=`');
    expect(render('{% case on %}{% when on | upcase %}{% endcase %}', VALUES)).toContain(
      'this is no condition',
    );
    expect(render('{% case on = 1 %}{% when 1 %}{% endcase %}', VALUES)).toContain('write `==` for `=`');
  });

  it('is no slip over several lines, in `liquid`, or with a filter', () => {
    expect(holds('on\n and Yes\n')).toBe('ON');
    expect(holds('text | upcase')).toBe('ON');
    expect(holds('text | slice: 0, 2')).toBe('ON');
    expect(holds('"a, b = c" != text')).toBe('ON');
    expect(holds('landfall.tags["role"] == "web"')).toBe('ON');
    expect(
      render('{% liquid\n if on\n echo "a"\n endif\n unless on\n echo "b"\n endunless\n%}', VALUES),
    ).toBe('a');
    expect(render('{%- if on -%} a {%- endif -%}', VALUES)).toBe('a');
  });
});
