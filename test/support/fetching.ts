import type { Outcome } from '#kit/outcome.ts';
import type { Fetched, LayerSource } from '../../config-service/sources/layer-source.ts';

/** One tick of a source. */
export function tick(
  source: LayerSource,
  layers: readonly string[],
  previous?: Fetched,
): Promise<Outcome<Fetched>> {
  return source.fetch({
    layers: layers.map((name) => ({ name })),
    signal: new AbortController().signal,
    previous,
  });
}

export function valueOf<T>(outcome: Outcome<T>): T {
  if (outcome.kind !== 'ok') throw new Error(`${outcome.kind} ${outcome.fault.code}: ${outcome.fault.cause}`);
  return outcome.value;
}

/** `retry LF_X` or `fail LF_X`; `ok` when it went well. */
export function verdictOf(outcome: Outcome<unknown>): string {
  return outcome.kind === 'ok' ? 'ok' : `${outcome.kind} ${outcome.fault.code}`;
}

/** `layer/path=content` of everything fetched. */
export function contentOf(fetched: Fetched): string[] {
  return fetched.layers.flatMap(({ name, files }) =>
    files.map(({ path, bytes }) => `${name}/${path}=${Buffer.from(bytes).toString('utf8')}`),
  );
}
