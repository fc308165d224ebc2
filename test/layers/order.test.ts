import { describe, expect, it } from 'vitest';
import { DEFAULT_LAYER_ORDER, selectLayers, validateOrder } from '../../config-service/layers/order.ts';
import { payrollFacts } from '../support/layer-generator.ts';

const names = (order: readonly string[], facts = payrollFacts): string[] =>
  selectLayers(order, facts).selected.map((layer) => layer.name);

describe('selectLayers', () => {
  it('gives an instance with role and environment all layers, weakest first', () => {
    expect(selectLayers(DEFAULT_LAYER_ORDER, payrollFacts)).toEqual({
      selected: [
        { name: 'base' },
        { name: 'region/eu-west-1' },
        { name: 'role/web' },
        { name: 'environment/prod' },
        { name: 'role/web/environment/prod' },
        { name: 'instance/i-0abc' },
      ],
      skipped: [],
    });
  });

  it('leaves out the layers of a tag that is not there, and says which tag', () => {
    const { selected, skipped } = selectLayers(DEFAULT_LAYER_ORDER, {
      ...payrollFacts,
      role: undefined,
      environment: undefined,
    });
    expect(selected.map((layer) => layer.name)).toEqual(['base', 'region/eu-west-1', 'instance/i-0abc']);
    expect(skipped).toEqual([
      { name: 'role/{role}', reason: "no tag 'role'" },
      { name: 'environment/{environment}', reason: "no tag 'environment'" },
      { name: 'role/{role}/environment/{environment}', reason: "no tag 'role'; no tag 'environment'" },
    ]);
  });

  it('fills every placeholder, tags by their exact name', () => {
    const facts = { ...payrollFacts, tags: new Map([['Team', 'billing']]) };
    expect(names(['{partition}/{account}/{zone}', 'team-{tag:Team}'], facts)).toEqual([
      'aws/123456789012/eu-west-1b',
      'team-billing',
    ]);
    expect(selectLayers(['team/{tag:team}'], facts).skipped).toEqual([
      { name: 'team/{tag:team}', reason: "no tag 'team'" },
    ]);
  });

  it.each(['web/environment/prod', '..', '../../other', '.', 'a..b', '', 'we\nb', 'we\u0000b', 'a\\b'])(
    'never lets the tag %j out of the prefix',
    (role) => {
      const { selected, skipped } = selectLayers(['base', 'role/{role}'], { ...payrollFacts, role });
      expect(selected).toEqual([{ name: 'base' }]);
      expect(skipped).toMatchObject([{ name: 'role/{role}', reason: expect.stringContaining('{role}') }]);
    },
  );

  it('selects a folder once, at its strongest place', () => {
    const facts = { ...payrollFacts, role: 'same', environment: 'same' };
    const { selected, skipped } = selectLayers(['{role}', 'base', '{environment}'], facts);
    expect(selected.map((layer) => layer.name)).toEqual(['base', 'same']);
    expect(skipped).toEqual([{ name: '{role}', reason: "'same' stands again later in the order" }]);
  });

  it('keeps the name of the runtime layer for the runtime layer', () => {
    expect(names(['{role}'], { ...payrollFacts, role: 'override' })).toEqual([]);
  });
});

describe('validateOrder', () => {
  it('accepts the default and every placeholder', () => {
    expect(validateOrder(DEFAULT_LAYER_ORDER)).toEqual([]);
    expect(
      validateOrder(['{region}{zone}{account}{partition}', '{tag:aws:autoscaling:groupName}/x']),
    ).toEqual([]);
  });

  it.each([
    [[], 'the order of layers is empty'],
    [['base', 'base'], "layer 'base': stands twice"],
    [[''], "layer '': is empty"],
    [['/etc'], "layer '/etc': is absolute; layers are relative to the source"],
    [['a/../b'], "layer 'a/../b': has a '.' or '..' segment"],
    [['a//b'], "layer 'a//b': has an empty path segment"],
    [['a/'], "layer 'a/': has an empty path segment"],
    [['role/{rol}'], "layer 'role/{rol}': no placeholder '{rol}' exists"],
    [['tag/{tag:}'], "layer 'tag/{tag:}': no placeholder '{tag:}' exists"],
    [['role/{role'], "layer 'role/{role': a brace is not closed"],
    [['a\u0000b'], "layer 'a\u0000b': holds a control character"],
    [['override'], "layer 'override': is the name of the runtime layer, which is always the strongest"],
  ])('refuses %j', (order, message) => {
    expect(validateOrder(order)).toEqual([{ code: 'LF_SETTINGS', message }]);
  });

  it('names everything that is wrong at once', () => {
    expect(validateOrder(['/a', 'b', 'b', '{x}'])).toHaveLength(3);
  });
});
