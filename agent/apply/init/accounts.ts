import { ok, type Outcome } from '#kit/outcome.ts';
import { capture, runChild, succeeded } from './child.ts';
import { triggerOf } from './service-entry.ts';
import { initFault, placeOf, type ConfigRun, type Section, type Task } from './task.ts';

/** Groups that are missing are made; one that is there is left as it is, and must have the gid that is asked for. */
export const groups: Section = async function* (run) {
  for (const { name, gid } of run.config.groups) {
    const place = placeOf(run, 'groups', name);
    const id = await idOf(run, place, 'group', name);
    if (id.kind !== 'ok') yield id;
    else if (id.value === undefined) {
      const argv = ['groupadd', '-r', ...(gid === undefined ? [] : ['-g', gid]), '--', name] as const;
      yield ok(creation(run, { section: 'groups', name, place, argv }));
    } else if (gid !== undefined && id.value !== Number(gid)) yield taken(place, 'gid', id.value, gid);
  }
};

/** Users likewise; new ones are system users without a shell and without a home of their own making, as with cfn-init. */
export const users: Section = async function* (run) {
  for (const { name, uid, groups: memberOf, home } of run.config.users) {
    const place = placeOf(run, 'users', name);
    const id = await idOf(run, place, 'passwd', name);
    if (id.kind !== 'ok') yield id;
    else if (id.value === undefined) {
      // Debian's useradd makes a group of the same name, and gives up where there is one.
      const group = await idOf(run, place, 'group', name);
      const argv = [
        ...(['useradd', '-M', '-r', '--shell', '/sbin/nologin'] as const),
        ...(home === undefined ? [] : ['-d', home]),
        ...(uid === undefined ? [] : ['-u', uid]),
        ...(group.kind === 'ok' && group.value !== undefined ? ['-g', name] : []),
        ...(memberOf.length === 0 ? [] : ['-G', memberOf.join(',')]),
        '--',
        name,
      ] as const;
      yield ok(creation(run, { section: 'users', name, place, argv }));
    } else if (uid !== undefined && id.value !== Number(uid)) yield taken(place, 'uid', id.value, uid);
  }
};

/** Through getent(1), which also asks what nsswitch.conf names; undefined: there is none of that name. */
export async function idOf(
  run: ConfigRun,
  place: string,
  database: 'passwd' | 'group',
  name: string,
): Promise<Outcome<number | undefined>> {
  const found = await capture(run, place, ['getent', database, name]);
  if (found.kind !== 'ok') return found;
  const id = found.value.code === 0 ? found.value.output.split(':')[2] : undefined;
  return ok(id === undefined ? undefined : Number(id));
}

interface Creation {
  readonly section: 'groups' | 'users';
  readonly name: string;
  readonly place: string;
  readonly argv: readonly [string, ...string[]];
}

function creation(run: ConfigRun, { section, name, place, argv }: Creation): Task {
  return {
    changes: [
      { subject: `${section === 'groups' ? 'group' : 'user'} ${name}`, action: 'create', reason: 'missing' },
    ],
    triggers: [triggerOf(section, name)],
    act: async () => succeeded(run, place, argv[0], await runChild(run, place, argv)),
  };
}

function taken(place: string, id: string, found: number, wanted: string): Outcome<never> {
  return initFault(
    place,
    `it is there with ${id} ${found}, and ${wanted} is asked for`,
    `Leave the ${id} out, or give the image the ${id} that is wanted.`,
  );
}
