/** How a document of a store is read. */
const FORMATS: readonly (readonly [ending: RegExp, type: RegExp, path: string])[] = [
  [/\.json$/, /^application\/(?:[\w.+-]+\+)?json$/, 'document.json'],
  [/\.ya?ml$/, /^(?:application|text)\/(?:x-)?yaml$/, 'document.yaml'],
  [/\.properties$/, /^text\/x-java-properties$/, 'document.properties'],
];

/**
 * The file that a document becomes: by the ending of its name, else by its type. Never a name of its own: a store could have a
 * `plan.yaml`, and properties are all that it may bring.
 */
export function documentPath(name: string, contentType: string | undefined): string | undefined {
  const type = (contentType ?? '').replace(/;.*$/s, '').trim().toLowerCase();
  const format =
    FORMATS.find(([ending]) => ending.test(name)) ?? FORMATS.find(([, known]) => known.test(type));
  return format?.[2];
}
