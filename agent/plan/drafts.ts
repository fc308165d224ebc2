import type { Ajv, Options } from 'ajv';

/** A draft of JSON Schema that a schema of a plan may be written in. */
export interface Draft {
  /** Of its own schema, by which those written in it are judged. */
  readonly id: string;
  /** What `$schema` says where one is written in it. */
  readonly pattern: RegExp;
  /** Through `default`: in the executable a CommonJS module that is imported so has nothing else. */
  readonly load: () => Promise<new (options: Options) => Ajv>;
}

export const DRAFTS: readonly Draft[] = [
  {
    id: 'http://json-schema.org/draft-07/schema',
    pattern: /^https?:\/\/json-schema\.org\/draft-0[67]\/schema#?$/,
    load: async () => (await import('ajv')).default.default,
  },
  {
    id: 'https://json-schema.org/draft/2019-09/schema',
    pattern: /^https:\/\/json-schema\.org\/draft\/2019-09\/schema#?$/,
    load: async () => (await import('ajv/dist/2019.js')).default.Ajv2019,
  },
  {
    id: 'https://json-schema.org/draft/2020-12/schema',
    pattern: /^https:\/\/json-schema\.org\/draft\/2020-12\/schema#?$/,
    load: async () => (await import('ajv/dist/2020.js')).default.Ajv2020,
  },
];
