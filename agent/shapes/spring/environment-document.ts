import type { Generation } from '#config-service';
import type { BindableValue } from './bindable-values.ts';
import { propertySources } from './property-sources.ts';
import type { SpringPath } from './spring-path.ts';

/** What the client asks for to be told where each value comes from. */
export const V2_TYPE = 'application/vnd.spring-cloud.config-server.v2+json';

/** Put together by hand: an object would move names such as `10` to the front. @param v2 each value with its origin */
export function environmentDocument(
  generation: Generation,
  { app, profiles, label }: SpringPath,
  secrets: boolean,
  v2: boolean,
): string {
  const head = JSON.stringify({
    name: app,
    profiles: profiles.split(','),
    label: label ?? null,
    version: generation.release ?? generation.digest,
    // Its watcher refreshes once for each new state, and polls nothing.
    state: null,
  });
  const print = v2 ? withOrigin : plain;
  const sources = propertySources(generation, secrets).map(({ layer, values }) => {
    // The client puts a source above the application's own application-PROFILE.properties only for a name like this.
    const name = JSON.stringify(`landfall-${profiles}:${layer}`);
    return `{"name":${name},"source":{${values.map(print).join(',')}}}`;
  });
  return `${head.slice(0, -1)},"propertySources":[${sources.join(',')}]}\n`;
}

function plain({ name, value }: BindableValue): string {
  return `${JSON.stringify(name)}:${JSON.stringify(literal(value))}`;
}

function withOrigin({ name, value, property: { winner } }: BindableValue): string {
  const origin = `${winner.object}:${winner.line}`;
  return `${JSON.stringify(name)}:${JSON.stringify({ value: literal(value), origin })}`;
}

/** The client resolves placeholders once more: raw it would be another value, or an exception. */
function literal(value: string): string {
  return value.replaceAll('${', String.raw`\${`);
}
