import { normalize } from 'node:path/posix';
import { createAccounts } from '../commands/account.ts';
import { groupId } from '../targets/ownership.ts';
import type { Owner, PackedAttributes } from './packed-attributes.ts';
import type { TarMember } from './tar-line.ts';

/** Learns from the lists of a tar whose its members are. */
export interface PackedOwners {
  /** @param member of the list with numbers. */
  number(member: TarMember): void;
  /** @param member of the list with names. */
  name(member: TarMember): void;
  /** Whether there is a reason to ask for the list with names. */
  wantsNames(): boolean;
  /** By path below the root. As tar(1) has it: a name that this host knows, else the number. */
  read(): Promise<ReadonlyMap<string, Owner>>;
}

/** The last id that is one: the next is -1, "leave it as it is" (chown(2)). */
const MAX_ID = 0xff_ff_ff_fe;

/**
 * @param own whose all is that the plan does not name.
 * @param named files that the plan names, relative to the root.
 */
export function createPackedOwners(
  own: Owner,
  named: readonly string[],
  attributes: PackedAttributes,
): PackedOwners {
  const wanted = new Set(named);
  // A member that comes twice is the last one, as tar unpacks it.
  const numbers = new Map<string, Owner>();
  const names = new Map<string, TarMember['owner']>();
  return {
    number: (member) => {
      const name = memberName(member);
      const [uid, gid] = [Number(member.owner.user), Number(member.owner.group)];
      if (wanted.has(name) && isId(uid) && isId(gid)) numbers.set(name, { uid, gid });
      else if (uid !== own.uid || gid !== own.gid) attributes.dropOwner(name);
    },
    name: (member) => {
      if (wanted.has(memberName(member))) names.set(memberName(member), member.owner);
    },
    wantsNames: () => numbers.size > 0,
    read: async () => {
      const owners = [...numbers].map(async ([name, { uid, gid }]) => {
        const { user = '', group = '' } = names.get(name) ?? {};
        const account = await createAccounts().byName(user);
        return [name, { uid: account?.uid ?? uid, gid: (await groupId(group)) ?? gid }] as const;
      });
      return new Map(await Promise.all(owners));
    },
  };
}

function memberName({ names: [path] }: TarMember): string {
  return normalize(path).replaceAll(/^\/+|\/+$/g, '');
}

function isId(id: number): boolean {
  return Number.isInteger(id) && id >= 0 && id <= MAX_ID;
}
