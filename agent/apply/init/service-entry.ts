import type { Json, JsonObject } from '../../plan/json.ts';
import { booleanAt, isPlainName, namedIn, objectsIn, onlyKnown, textsAt, type Report } from './fields.ts';

/** The sections whose changes can restart a service. */
const TRIGGERS = ['packages', 'groups', 'users', 'sources', 'files', 'commands'] as const;
export type Trigger = (typeof TRIGGERS)[number];

export interface ServiceEntry {
  readonly name: string;
  readonly enabled: boolean | undefined;
  readonly ensureRunning: boolean | undefined;
  /** `files//etc/httpd.conf`, `packages/yum/httpd`: see `triggerOf`. */
  readonly triggers: ReadonlySet<string>;
}

export function triggerOf(section: Trigger, subject: string): string {
  return `${section}/${subject}`;
}

/** systemd also drives what has only a SysV script, so both names mean the same here. */
const MANAGERS = ['sysvinit', 'systemd'];

export function readServices(value: Json | undefined, at: string, report: Report): readonly ServiceEntry[] {
  const entries = namedIn(value, at, report).flatMap(([manager, services]) => {
    const place = `${at}/${manager}`;
    if (MANAGERS.includes(manager)) {
      return objectsIn(services, place, report).map(([name, service]) =>
        readService(name, service, `${place}/${name}`, report),
      );
    }
    report(place, `is not done here; use ${MANAGERS.join(' or ')}`, 'LF_INIT_UNSUPPORTED');
    return [];
  });
  const twice = entries.find(
    ({ name }, index) => entries.findIndex((other) => other.name === name) !== index,
  );
  if (twice) report(at, `${twice.name} is there under both sysvinit and systemd`);
  return entries;
}

function readService(name: string, service: JsonObject, at: string, report: Report): ServiceEntry {
  if (!isPlainName(name) || name.includes('/')) report(at, 'is no name of a service');
  onlyKnown(service, ['enabled', 'ensureRunning', ...TRIGGERS], { at, report });
  return {
    name,
    enabled: booleanAt(service, 'enabled', at, report),
    ensureRunning: booleanAt(service, 'ensureRunning', at, report),
    triggers: new Set([...packageTriggers(service, at, report), ...otherTriggers(service, at, report)]),
  };
}

function packageTriggers(service: JsonObject, at: string, report: Report): readonly string[] {
  return namedIn(service['packages'], `${at}/packages`, report).flatMap(([manager, names]) =>
    textsAt(names, `${at}/packages/${manager}`, report).map((name) =>
      triggerOf('packages', `${manager}/${name}`),
    ),
  );
}

function otherTriggers(service: JsonObject, at: string, report: Report): readonly string[] {
  return TRIGGERS.filter((section) => section !== 'packages').flatMap((section) =>
    textsAt(service[section], `${at}/${section}`, report).map((subject) => {
      // Folders are written with and without the slash at their end.
      return triggerOf(section, section === 'sources' ? subject.replace(/(.)\/+$/, '$1') : subject);
    }),
  );
}
