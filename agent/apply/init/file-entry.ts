import { isJsonObject, type Json, type JsonObject } from '../../plan/json.ts';
import { targetProblem } from '../targets/target-path.ts';
import { objectsIn, onlyKnown, textAt, type Report } from './fields.ts';
import { INIT_LIMITS } from './limits.ts';
import { renderMustache } from './mustache.ts';
import { outOfReach, readObjectUrl } from './object-url.ts';

/** A file or link to be at `path`. */
export interface FileEntry {
  readonly path: string;
  readonly content: FileContent;
  /** Permission bits; undefined: those of the file that is there, else 0644. */
  readonly mode: number | undefined;
  readonly owner: string | undefined;
  readonly group: string | undefined;
}

export type FileContent =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  /** Not fetched yet; a mustache template when there is a context. */
  | { readonly kind: 'object'; readonly url: string; readonly context: JsonObject | undefined }
  | { readonly kind: 'link'; readonly target: string };

interface Reading {
  readonly at: string;
  readonly region: string;
  readonly report: Report;
}

const KNOWN = ['content', 'source', 'encoding', 'mode', 'owner', 'group', 'context', 'authentication'];

/** `S_IFMT` and `S_IFLNK` of inode(7): the only thing that tells a link from a file here is its mode. */
const TYPE_BITS = 0o170000;
const LINK_BITS = 0o120000;

export function readFiles(value: Json | undefined, reading: Reading): readonly FileEntry[] {
  return objectsIn(value, reading.at, reading.report)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([path, file]) => readFile(path, file, { ...reading, at: `${reading.at}/${path}` }));
}

function readFile(path: string, file: JsonObject, reading: Reading): readonly FileEntry[] {
  const { at, report } = reading;
  const problem = targetProblem(path);
  if (problem !== undefined) report(at, problem);
  onlyKnown(file, KNOWN, { at, report });
  const mode = readMode(file, at, report);
  const isLink = mode !== undefined && (mode & TYPE_BITS) === LINK_BITS;
  const content = isLink ? readLink(file, at, report) : readContent(file, reading);
  if (content === undefined) return [];
  return [
    {
      path,
      content,
      mode: mode === undefined || isLink ? undefined : mode & 0o7777,
      owner: textAt(file, 'owner', at, report),
      group: textAt(file, 'group', at, report),
    },
  ];
}

function readMode(file: JsonObject, at: string, report: Report): number | undefined {
  const mode = textAt(file, 'mode', at, report);
  if (mode === undefined) return undefined;
  if (/^[0-7]{3,6}$/.test(mode)) return Number.parseInt(mode, 8);
  report(`${at}/mode`, 'is not a string of three to six octal digits, such as "000644"');
  return undefined;
}

function readLink(file: JsonObject, at: string, report: Report): FileContent | undefined {
  const target = textAt(file, 'content', at, report);
  if (target !== undefined && target !== '' && !target.includes('\0')) return { kind: 'link', target };
  report(at, 'is a symbolic link by its mode, and its content names no target');
  return undefined;
}

function readContent(file: JsonObject, reading: Reading): FileContent | undefined {
  const { at, region, report } = reading;
  const context = file['context'];
  if (context !== undefined && !isJsonObject(context)) {
    report(`${at}/context`, 'is not an object');
    return undefined;
  }
  const { content } = file;
  const source = textAt(file, 'source', at, report);
  // Empty content beside a source means the source, as with cfn-init.
  const isInline = content !== undefined && content !== null && (content !== '' || source === undefined);
  if (isInline) return readInline(file, content, reading);
  if (source === undefined) {
    report(at, 'has neither content nor source');
    return undefined;
  }
  const found = readObjectUrl(source, region);
  if (found.kind === 'object') return { kind: 'object', url: found.url, context };
  report(`${at}/source`, outOfReach(found.cause, region), 'LF_INIT_UNSUPPORTED');
  return undefined;
}

function readInline(file: JsonObject, content: Json, { at, report }: Reading): FileContent | undefined {
  const encoding = textAt(file, 'encoding', at, report) ?? 'plain';
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  if (encoding !== 'plain' && encoding !== 'base64') {
    report(`${at}/encoding`, 'is neither plain nor base64');
    return undefined;
  }
  if (encoding === 'base64' && !/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(text)) {
    report(`${at}/content`, 'is not base64');
    return undefined;
  }
  const context = file['context'];
  const rendered =
    encoding === 'base64'
      ? Buffer.from(text, 'base64')
      : context === undefined || typeof content !== 'string'
        ? Buffer.from(text)
        : renderContent(text, context, at, report);
  if (rendered === undefined) return undefined;
  if (rendered.length <= INIT_LIMITS.contentBytes) return { kind: 'bytes', bytes: rendered };
  report(`${at}/content`, `has more than ${INIT_LIMITS.contentBytes} bytes`);
  return undefined;
}

export function renderContent(text: string, context: Json, at: string, report: Report): Buffer | undefined {
  const rendering = renderMustache(text, context);
  if (rendering.kind === 'rendered') return Buffer.from(rendering.text);
  if (rendering.kind === 'unknown') report(at, `the context has no ${rendering.name}`);
  else if (rendering.kind === 'endless') report(at, 'has sections within sections that repeat without end');
  else if (rendering.kind === 'unbalanced')
    report(at, `the mustache tag ${rendering.tag} has no counterpart`);
  else
    report(
      at,
      `the mustache tag ${rendering.tag} is not done; variables and sections are`,
      'LF_INIT_UNSUPPORTED',
    );
  return undefined;
}
