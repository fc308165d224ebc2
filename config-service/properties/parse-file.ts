import { type Steps, whole } from '../kit/steps.ts';
import { decode } from './decode.ts';
import type { Entry, ParsedFile } from './entry.ts';
import { lintEntries } from './entry-lint.ts';
import type { Findings } from './findings.ts';
import { createFindings } from './findings.ts';
import { parseProperties } from './java-properties.ts';
import { parseJson } from './json-properties.ts';
import { parseStoreEntries, STORE_ENTRIES } from './store-entries.ts';
import { locateIn } from './text-position.ts';
import { parseYaml } from './yaml-properties.ts';

type Parser = (text: string, findings: Findings) => Steps<readonly Entry[]>;

const PARSERS: ReadonlyMap<string, Parser> = new Map([
  ['.properties', parseProperties],
  ['.yaml', parseYaml],
  ['.yml', parseYaml],
  ['.json', parseJson],
  [STORE_ENTRIES, parseStoreEntries],
]);

/** Files of a layer that mean something else. */
const NOT_PROPERTIES: ReadonlySet<string> = new Set(['plan.yaml', 'plan.yml']);

/**
 * Whether a file of a layer holds properties; `path` is relative to the layer's folder. Like a glob
 * `*.yaml`: direct children only (so nothing under `scripts/`, `templates/`, `files/`), no dot files, case matters.
 */
export function isPropertiesFile(path: string): boolean {
  const direct = !path.includes('/') && !path.startsWith('.');
  const extension = extensionOf(path);
  return direct && PARSERS.has(extension) && extension !== STORE_ENTRIES && !NOT_PROPERTIES.has(path);
}

/**
 * Flat keys of one file, chosen by extension; the file whole, or every problem found in it (`LF_PARSE`, `LF_ENCODING`,
 * `LF_DUPLICATE_KEY`, `LF_OBJECT_TOO_LARGE`). Never throws, and takes bounded time and memory, whatever the bytes are.
 */
export function parseFile(path: string, bytes: Uint8Array): ParsedFile {
  return whole(parsing(path, bytes));
}

/** `parseFile` in steps. */
export function* parsing(path: string, bytes: Uint8Array): Steps<ParsedFile> {
  const parser = PARSERS.get(extensionOf(path));
  if (parser === undefined) {
    return reject(path, 'no parser for this extension; use .properties, .yaml, .yml or .json');
  }
  const decoded = decode(path, bytes);
  if (decoded.kind === 'rejected') return decoded;
  const findings = createFindings(path, locateIn(decoded.text));
  try {
    const parsed = findings.conclude(yield* parser(decoded.text, findings));
    if (parsed.kind === 'rejected') return parsed;
    const lint = yield* lintEntries(path, parsed.entries);
    return { ...parsed, warnings: [...decoded.warnings, ...parsed.warnings, ...lint] };
  } catch (error) {
    // No input is known to come here. A defect of a library must refuse one file, not end the daemon.
    return reject(
      path,
      `the parser failed: ${error instanceof Error ? error.name : 'unknown error'}; report this file`,
    );
  }
}

function extensionOf(path: string): string {
  return /\.[^./]*$/.exec(path)?.[0] ?? '';
}

function reject(file: string, message: string): ParsedFile {
  return { kind: 'rejected', problems: [{ code: 'LF_PARSE', message, file }] };
}
