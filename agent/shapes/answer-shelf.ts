import type { Generation, ShapeAnswer } from '#config-service';

/** Bodies that one generation may take here, in bytes or characters: a few whole documents, or many values. */
const MAX_LENGTH = 1024 * 1024;
/** What an entry takes besides: somebody may ask for names without end that are not there. */
const ENTRY_LENGTH = 256;

/** A text is encoded each time it is sent, but goes out in one write with its head: up to here that is cheaper. */
const MAX_TEXT = 1024;

/** The body as it costs least to send many times. */
export function bodyOf(text: string): ShapeAnswer['body'] {
  return text.length > MAX_TEXT ? Buffer.from(text) : text;
}

/**
 * What has been put together of a generation, for as long as it lives: at a change all who waited ask for the same.
 * When it becomes too much, everything goes, and what is asked for again comes back.
 */
export class AnswerShelf<T extends Pick<ShapeAnswer, 'body'>> {
  readonly #shelves = new WeakMap<Generation, { length: number; readonly made: Map<string, T> }>();

  /** @param name of what is asked for, all that `make` goes by in it. */
  get(generation: Generation, name: string, make: () => T): T {
    const shelf = this.#shelves.get(generation) ?? { length: 0, made: new Map<string, T>() };
    this.#shelves.set(generation, shelf);
    const known = shelf.made.get(name);
    if (known !== undefined) return known;
    const made = make();
    if (shelf.length > MAX_LENGTH) {
      shelf.made.clear();
      shelf.length = 0;
    }
    shelf.made.set(name, made);
    shelf.length += ENTRY_LENGTH + name.length + made.body.length;
    return made;
  }
}
