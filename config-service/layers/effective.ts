/**
 * How long one value may be, and all together, in UTF-16 code units after interpolation. A few lines that double each
 * other would otherwise fill the memory of an instance.
 */
export const MAX_VALUE_LENGTH = 1024 * 1024;
export const MAX_TOTAL_LENGTH = 64 * 1024 * 1024;

/** Where a value was written. `line` counts from 1; `object` is the source's own address of the file. */
export interface Origin {
  readonly layer: string;
  readonly file: string;
  readonly line: number;
  readonly object: string;
}

/** A secret that was read: its name as it stands in the reference, and which version it was. */
export interface SecretVersion {
  readonly name: string;
  readonly version: string;
}

export interface Shadowed extends Origin {
  /** As written. For a typed list: the JSON text of its items as this file has them. */
  readonly raw: string;
}

/** One effective property with its whole story. */
export interface Property {
  readonly key: string;
  /** After interpolation. For a typed list: its JSON text. */
  readonly value: string;
  /** As written, before interpolation. For a typed list: the JSON text of what its own file says. */
  readonly raw: string;
  readonly winner: Origin;
  /** Weaker layers that also set the key, strongest first. */
  readonly shadowed: readonly Shadowed[];
  /**
   * Keys and facts the value names; direct references only, each once, in the order they are looked up: the order written,
   * but `${a.${b}}` asks for `b` first. Absent names that fell back to a default are here, names in a default that was not
   * needed are not. For a typed list: those of its items.
   */
  readonly references: readonly string[];
  /**
   * Present when the value holds a secret, directly or through other keys: the value with `[name#version]` in place of each
   * secret, and `[key]` in place of each key that holds one. Nothing else may be told of the value.
   */
  readonly masked?: string;
  /** The secrets that the value names itself and that were found; of a typed list those of its items. Never their texts. */
  readonly secrets?: readonly SecretVersion[];
  /** The typed list, when the key is one. Scalars in it are text, as everywhere: `1.10` stays `1.10`. */
  readonly list?: readonly JsonValue[];
}

export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** A key that a stronger layer takes away, itself or with all that lies below a key. */
export interface Removal {
  readonly by: Origin;
  /** The strongest assignment that is not in force for it; undefined when no layer had set the key. */
  readonly of: Origin | undefined;
}

/** The whole effective configuration, keys sorted by code unit. */
export type Effective = ReadonlyMap<string, Property>;
