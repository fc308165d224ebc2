import type { Json } from '../../plan/json.ts';
import { isPlainName, namedIn, textsAt, type Report } from './fields.ts';
import { outOfReach, readObjectUrl } from './object-url.ts';

/** The order in which the managers have their turn: cfn-init's, with dnf beside yum. */
const PACKAGE_MANAGERS = ['rpm', 'apt', 'yum', 'dnf'] as const;
export type PackageManager = (typeof PACKAGE_MANAGERS)[number];

export interface PackageEntry {
  readonly manager: PackageManager;
  readonly name: string;
  /** Versions, none for whichever is there or newest; for rpm the URLs of packages. */
  readonly versions: readonly string[];
}

interface Reading {
  readonly at: string;
  readonly region: string;
  readonly report: Report;
}

export function readPackages(value: Json | undefined, reading: Reading): readonly PackageEntry[] {
  const { at, report } = reading;
  const sections = namedIn(value, at, report);
  for (const [manager] of sections) {
    if (PACKAGE_MANAGERS.some((known) => known === manager)) continue;
    report(
      `${at}/${manager}`,
      `is not done here; use ${PACKAGE_MANAGERS.join(', ')}, or a command`,
      'LF_INIT_UNSUPPORTED',
    );
  }
  return PACKAGE_MANAGERS.flatMap((manager) => {
    const packages = sections.find(([name]) => name === manager)?.[1];
    const place = { ...reading, at: `${at}/${manager}` };
    return namedIn(packages, place.at, report).map(([name, versions]) =>
      readPackage(manager, name, versions, place),
    );
  });
}

function readPackage(
  manager: PackageManager,
  name: string,
  value: Json,
  { at, region, report }: Reading,
): PackageEntry {
  const place = `${at}/${name}`;
  const versions = textsAt(value, place, report).filter((version) => version !== '');
  if (!isPlainName(name) || (manager === 'rpm' && name.includes('/')))
    report(place, 'is no name of a package');
  if (manager !== 'rpm') {
    if (!versions.every(isPlainName)) report(place, 'has something that is no version');
    return { manager, name, versions };
  }
  if (versions.length === 0) report(place, 'names no location of the package');
  const urls = versions.map((version) => {
    const found = readObjectUrl(version, region);
    if (found.kind === 'object') return found.url;
    report(place, outOfReach(found.cause, region), 'LF_INIT_UNSUPPORTED');
    return version;
  });
  return { manager, name, versions: urls };
}
