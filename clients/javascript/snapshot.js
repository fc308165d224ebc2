const REDACTED = '[redacted]';

/** One generation as the agent sent it. @throws when it is none: a smaller configuration is never made of a broken answer. */
export function readSnapshot({ headers, text }, door) {
  const document = JSON.parse(text);
  const { properties, ...about } = document ?? {};
  if (typeof properties !== 'object' || properties === null || typeof about.digest !== 'string') {
    throw new Error(`${door.name} answers with something that is no configuration`);
  }
  const values = new Map(Object.entries(properties));
  // In its place a program would try `[redacted]` as a password until the account is locked. Over the socket it is a text like any other.
  const isShown = door.place.socketPath !== undefined;
  const withheld = isShown ? [] : [...values].filter(([, value]) => value === REDACTED).map(([key]) => key);
  for (const key of withheld) values.delete(key);
  return Object.freeze({
    ...about,
    etag: headers.etag,
    withheld: Object.freeze(withheld),
    raw: (key) => values.get(key),
    /** A list is its JSON text. */
    get: (key) => textOf(values.get(key)),
    keys: () => [...values.keys()],
  });
}

function textOf(value) {
  return value === undefined || typeof value === 'string' ? value : JSON.stringify(value);
}
