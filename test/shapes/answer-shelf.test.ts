import { expect, test } from 'vitest';
import { AnswerShelf, bodyOf } from '#agent/shapes/answer-shelf.ts';
import { FakeBackend } from '../support/fake-backend.ts';
import { FakeClock } from '../support/fake-clock.ts';

const backend = new FakeBackend(new FakeClock());

function counting(body: string) {
  const counter = { made: 0 };
  const make = () => {
    counter.made += 1;
    return { body: bodyOf(body) };
  };
  return { counter, make };
}

test('what was made of a generation is made once, and anew of the next', () => {
  const shelf = new AnswerShelf();
  const { counter, make } = counting('x');
  const first = backend.activate({ a: '1' });
  expect(shelf.get(first, 'name', make)).toBe(shelf.get(first, 'name', make));
  expect(counter.made).toBe(1);
  shelf.get(first, 'another', make);
  shelf.get(backend.activate({ a: '2' }), 'name', make);
  expect(counter.made).toBe(3);
});

test('a generation has room for a mebibyte here, and when that is taken begins anew', () => {
  const shelf = new AnswerShelf();
  const { counter, make } = counting('x'.repeat(512 * 1024));
  const generation = backend.activate({ a: '1' });
  for (const name of ['1', '2', '1', '2']) shelf.get(generation, name, make);
  expect(counter.made).toBe(2);
  shelf.get(generation, '3', make);
  shelf.get(generation, '1', make);
  expect(counter.made).toBe(4);
});

test('names of things that are not there take room, too', () => {
  const shelf = new AnswerShelf();
  const generation = backend.activate({ a: '1' });
  const { counter, make: none } = counting('');
  for (let name = 0; name < 5000; name += 1) shelf.get(generation, `none/${name}`, none);
  shelf.get(generation, 'none/0', none);
  expect(counter.made).toBe(5001);
});

test('a short body stays a text, a long one is bytes', () => {
  expect(bodyOf('ü')).toBe('ü');
  expect(bodyOf('ü'.repeat(2000))).toEqual(Buffer.from('ü'.repeat(2000)));
});
