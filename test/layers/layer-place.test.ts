import { expect, it } from 'vitest';
import { DEFAULT_LAYER_ORDER, regionFacts, isForRegion, placeLayer } from '#config-service';

const boundBy = (name: string, order = DEFAULT_LAYER_ORDER) => {
  const place = placeLayer(name, order);
  return place && Object.fromEntries(place.bound);
};

it.each([
  ['base', {}],
  ['region/eu-west-1', { region: 'eu-west-1' }],
  ['role/web/environment/prod', { role: 'web', environment: 'prod' }],
  ['role', undefined],
  ['role/web/scripts', undefined],
  ['based', undefined],
])('%s binds %j', (name, bound) => {
  expect(boundBy(name)).toEqual(bound);
});

it('takes a folder by its plain name before it takes it for a value', () => {
  expect(boundBy('base', ['{role}', 'base'])).toEqual({});
});

it('binds one placeholder to one value', () => {
  expect(boundBy('a/a', ['{role}/{role}'])).toEqual({ role: 'a' });
  expect(boundBy('a/b', ['{role}/{role}'])).toBeUndefined();
});

it.each([
  ['region/eu-west-1', true],
  ['region/us-east-1', false],
  ['zone/eu-west-1a', true],
  ['zone/eu-west-12a', false],
  ['zone/us-east-1-bos-1a', false],
  ['partition/aws', true],
  ['partition/aws-cn', false],
  ['base', true],
])('%s is for eu-west-1: %j', (name, expected) => {
  const place = placeLayer(name, ['base', 'region/{region}', 'zone/{zone}', 'partition/{partition}']);
  const facts = regionFacts('eu-west-1');
  expect(place && facts && isForRegion(place, facts)).toBe(expected);
});
