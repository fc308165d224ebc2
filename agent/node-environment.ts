/** As `process.env` has it. */
type Variables = Readonly<Record<string, string | undefined>>;

export interface Environments {
  /** What the program reads, and what it hands on to the programs it starts. */
  readonly given: Variables;
  /** What the process has to be started with instead; undefined when nothing in its environment speaks to Node. */
  readonly quiet: Readonly<Record<string, string>> | undefined;
}

/**
 * Node and the OpenSSL in it obey variables before a script runs its first line: they add certificate authorities, switch
 * the check of certificates off, load modules, write files, print requests with their credentials. None of them may change
 * what this executable does, and a script comes too late to prevent it. So the process is started anew with such a variable
 * under another name, which Node does not know, and the program reads it, and hands it on to `exec` and its like, as it was.
 * `NODE_OPTIONS` the executable never reads (docs/decisions/0003-single-binary.md), `NODE_ENV` is none of Node's own.
 */
export function environmentsOf(environment: Variables): Environments {
  const given: Record<string, string> = {};
  const quiet: Record<string, string> = {};
  let isQuiet = true;
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined) continue;
    const isSetAside = name.startsWith(SET_ASIDE);
    given[isSetAside ? name.slice(SET_ASIDE.length) : name] = value;
    const isForNode = SPEAKS_TO_NODE.test(name) && !HARMLESS.has(name);
    quiet[isForNode ? SET_ASIDE + name : name] = value;
    if (isForNode) isQuiet = false;
  }
  return { given, quiet: isQuiet ? undefined : quiet };
}

const SPEAKS_TO_NODE = /^(NODE|OPENSSL)_/;
const HARMLESS: ReadonlySet<string> = new Set(['NODE_ENV', 'NODE_OPTIONS']);
const SET_ASIDE = 'LANDFALL_SET_ASIDE_';
