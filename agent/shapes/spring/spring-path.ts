/** What a path of Spring Cloud Config asks for (https://docs.spring.io/spring-cloud-config). */
export interface SpringPath {
  readonly app: string;
  readonly profiles: string;
  /** With `/` where the client had to write `(_)`; undefined when none is asked for. */
  readonly label: string | undefined;
  readonly form: 'environment' | 'json' | 'yaml' | 'properties';
}

/** `/{app}/{profiles}[/{label}]`, `/[{label}/]{app}-{profiles}.{ext}`, percent-decoded; undefined for any other. */
export function parseSpringPath(path: string): SpringPath | undefined {
  if (!path.startsWith('/')) return undefined;
  const parts = path.slice(1).split('/').map(decoded);
  if (parts.some((part) => part === undefined || part === '')) return undefined;
  const names = parts.filter((part) => part !== undefined);
  return names.length <= 2 ? (documentPath(names) ?? environmentPath(names)) : environmentPath(names);
}

/** The last `-` divides the two, so that profiles hold none. */
function documentPath(names: readonly string[]): SpringPath | undefined {
  const [, app, profiles, ext = ''] =
    /^(.+)-([^-]+)\.(json|yml|yaml|properties)$/.exec(names.at(-1) ?? '') ?? [];
  const form = FORMS.get(ext);
  if (app === undefined || profiles === undefined || form === undefined) return undefined;
  return { app, profiles, form, label: names.length > 1 ? withSlashes(names.slice(0, -1)) : undefined };
}

function environmentPath(names: readonly string[]): SpringPath | undefined {
  const [app, profiles, ...label] = names;
  if (app === undefined || profiles === undefined) return undefined;
  return { app, profiles, form: 'environment', label: label.length > 0 ? withSlashes(label) : undefined };
}

const FORMS: ReadonlyMap<string, SpringPath['form']> = new Map([
  ['json', 'json'],
  ['yml', 'yaml'],
  ['yaml', 'yaml'],
  ['properties', 'properties'],
]);

function withSlashes(parts: readonly string[]): string {
  return parts.join('/').replaceAll('(_)', '/');
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
