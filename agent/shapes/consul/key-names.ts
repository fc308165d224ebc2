import type { Effective, Property } from '#config-service';

/** A property by the name under which it is answered. */
export interface NamedProperty {
  readonly name: string;
  readonly property: Property;
}

/**
 * The properties of a generation under names of Consul: `db.host` is `db/host`, below the folder if there is one. Who asks
 * with a dot is answered in the dotted spelling.
 */
export class KeyNames {
  readonly #folder: string;
  readonly #effective: Effective;
  #slashed: ReadonlyMap<string, Property> | undefined;

  /** @param folder empty, or with a `/` at its end. */
  constructor(effective: Effective, folder: string) {
    this.#effective = effective;
    this.#folder = folder;
  }

  one(asked: string): NamedProperty | undefined {
    if (!asked.startsWith(this.#folder)) return undefined;
    const property = this.#spelledLike(asked).get(asked.slice(this.#folder.length));
    return property && { name: asked, property };
  }

  /** All whose names begin with a text, sorted by name. */
  beginningWith(asked: string): readonly NamedProperty[] {
    const isAbove = this.#folder.startsWith(asked);
    if (!isAbove && !asked.startsWith(this.#folder)) return [];
    const start = isAbove ? '' : asked.slice(this.#folder.length);
    const found: NamedProperty[] = [];
    for (const [name, property] of this.#spelledLike(asked)) {
      if (name.startsWith(start)) found.push({ name: this.#folder + name, property });
    }
    return found;
  }

  #spelledLike(asked: string): ReadonlyMap<string, Property> {
    // A dot in the folder's own name says nothing.
    if (asked.startsWith(this.#folder) && asked.includes('.', this.#folder.length)) return this.#effective;
    return (this.#slashed ??= slashed(this.#effective));
  }
}

/** A property that holds `/` itself gives way to the one that is spelled so with dots. */
function slashed(effective: Effective): ReadonlyMap<string, Property> {
  const names = new Map<string, Property>();
  for (const [key, property] of effective) {
    const name = key.replaceAll('.', '/');
    if (!key.includes('/') || !names.has(name)) names.set(name, property);
  }
  return new Map([...names].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
