import { sha256Hex } from '#config-service';
import { isJsonObject, type Json } from '../../plan/json.ts';
import { targetProblem } from '../targets/target-path.ts';
import { readCommands, type CommandEntry } from './command-entry.ts';
import { intrinsicIn } from './document.ts';
import { idAt, isPlainName, namedIn, objectsIn, onlyKnown, textAt, textsAt, type Report } from './fields.ts';
import { readFiles, type FileEntry } from './file-entry.ts';
import { outOfReach, readObjectUrl } from './object-url.ts';
import { readPackages, type PackageEntry } from './package-entry.ts';
import { readServices, type ServiceEntry } from './service-entry.ts';

/** One config of a document, read. The order of the members is the order they are worked on. */
export interface InitConfig {
  /** The config's name; the second time it comes in a run `name#2`, and so on. */
  readonly name: string;
  /** Digest of the whole config as written; a command is done once per digest. */
  readonly digest: string;
  readonly packages: readonly PackageEntry[];
  readonly groups: readonly GroupEntry[];
  readonly users: readonly UserEntry[];
  readonly sources: readonly SourceEntry[];
  readonly files: readonly FileEntry[];
  readonly commands: readonly CommandEntry[];
  readonly services: readonly ServiceEntry[];
}

export interface GroupEntry {
  readonly name: string;
  readonly gid: string | undefined;
}

export interface UserEntry {
  readonly name: string;
  readonly uid: string | undefined;
  readonly groups: readonly string[];
  readonly home: string | undefined;
}

export interface SourceEntry {
  /** Absolute. */
  readonly folder: string;
  readonly url: string;
}

const SECTIONS = ['packages', 'groups', 'users', 'sources', 'files', 'commands', 'services'];

export function readInitConfig(
  { name, value, region }: { name: string; value: Json; region: string },
  report: Report,
): InitConfig | undefined {
  if (!isJsonObject(value)) {
    report(name, 'is not an object');
    return undefined;
  }
  const intrinsic = intrinsicIn(value, name);
  if (intrinsic !== undefined) {
    report(
      intrinsic,
      'is an intrinsic function, and only CloudFormation resolves those: take the document as cfn-get-metadata prints it',
      'LF_INIT_UNSUPPORTED',
    );
    return undefined;
  }
  onlyKnown(value, SECTIONS, { at: name, report });
  return {
    name,
    digest: sha256Hex(JSON.stringify(value)),
    packages: readPackages(value['packages'], { at: `${name}/packages`, region, report }),
    groups: readGroups(value['groups'], `${name}/groups`, report),
    users: readUsers(value['users'], `${name}/users`, report),
    sources: readSources(value['sources'], { at: `${name}/sources`, region, report }),
    files: readFiles(value['files'], { at: `${name}/files`, region, report }),
    commands: readCommands(value['commands'], `${name}/commands`, report),
    services: readServices(value['services'], `${name}/services`, report),
  };
}

function readGroups(value: Json | undefined, at: string, report: Report): readonly GroupEntry[] {
  return sorted(objectsIn(value, at, report)).map(([name, group]) => {
    const place = `${at}/${name}`;
    if (!isPlainName(name)) report(place, 'is no name of a group');
    onlyKnown(group, ['gid'], { at: place, report });
    return { name, gid: idAt(group, 'gid', place, report) };
  });
}

function readUsers(value: Json | undefined, at: string, report: Report): readonly UserEntry[] {
  return sorted(objectsIn(value, at, report)).map(([name, user]) => {
    const place = `${at}/${name}`;
    if (!isPlainName(name)) report(place, 'is no name of a user');
    onlyKnown(user, ['uid', 'groups', 'homeDir'], { at: place, report });
    const groups = textsAt(user['groups'], `${place}/groups`, report);
    if (!groups.every((group) => isPlainName(group) && !group.includes(','))) {
      report(`${place}/groups`, 'holds something that is no name of a group');
    }
    const home = textAt(user, 'homeDir', place, report);
    if (home !== undefined && !home.startsWith('/')) report(`${place}/homeDir`, 'is not an absolute path');
    return { name, uid: idAt(user, 'uid', place, report), groups, home };
  });
}

function readSources(
  value: Json | undefined,
  { at, region, report }: { at: string; region: string; report: Report },
): readonly SourceEntry[] {
  return sorted(namedIn(value, at, report)).flatMap(([folder, archive]) => {
    const place = `${at}/${folder}`;
    const path = folder.length > 1 ? folder.replace(/\/+$/, '') : folder;
    const problem = path === '/' ? undefined : targetProblem(path);
    if (problem !== undefined) report(place, problem);
    if (typeof archive !== 'string') {
      report(place, 'is not the URL of an archive');
      return [];
    }
    const found = readObjectUrl(archive, region);
    if (found.kind === 'object') return [{ folder: path, url: found.url }];
    report(place, outOfReach(found.cause, region), 'LF_INIT_UNSUPPORTED');
    return [];
  });
}

function sorted<T>(entries: readonly [string, T][]): [string, T][] {
  return entries.toSorted(([a], [b]) => (a < b ? -1 : 1));
}
