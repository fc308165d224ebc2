import type { Logger } from '#kit/logger.ts';

/** Names listed; the rest is counted. */
const MAX_NAMES = 10;

/** Ids on this host. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** What became of owners and bits as somebody packed them, of all members of one archive. */
export interface PackedAttributes {
  /** Setuid, setgid or the sticky bit was taken away. */
  dropBits(name: string): void;
  /** Was packed as somebody else's, and is the agent's. */
  dropOwner(name: string): void;
  /** The plan names it, and it is as it was packed: somebody else's. */
  keepOwner(name: string, owner: Owner): void;
  /** One line for the archive: whoever packed a file to be setuid meant it, and silence would be a riddle to who starts it. */
  tell(logger: Logger, archive: string): void;
}

export function createPackedAttributes(): PackedAttributes {
  const [bits, owners] = [createNames(), createNames()];
  const kept = new Map<string, Owner>();
  return {
    dropBits: bits.add,
    dropOwner: owners.add,
    keepOwner: (name, owner) => kept.set(name, owner),
    tell: (logger, archive) => {
      if (bits.count() + owners.count() + kept.size === 0) return;
      const facts = {
        archive,
        ...(bits.count() > 0 && { count: bits.count(), files: bits.first }),
        ...(owners.count() > 0 && { ownersDropped: owners.count(), ownedByOthers: owners.first }),
        ...(kept.size > 0 && { ownersKept: Object.fromEntries(kept) }),
      };
      // Nearly every archive comes from a machine where its packer was somebody else: no cause for alarm.
      if (bits.count() === 0) logger.info('files of an archive are as docs/scripts.md says of owners', facts);
      else {
        logger.warn(
          'setuid, setgid or sticky bits of an archive were dropped; `setuid` names files that keep them',
          facts,
        );
      }
    },
  };
}

function createNames() {
  const first: string[] = [];
  let count = 0;
  const add = (name: string): void => {
    count += 1;
    if (first.length < MAX_NAMES) first.push(name === '' ? '.' : name);
  };
  return { first, add, count: () => count };
}
