import { readFile } from 'node:fs/promises';

/** A user of this host. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  /** Supplementary groups, without `gid`. */
  readonly groups: readonly number[];
  readonly home: string;
}

/** Who is who on this host. Undefined: no such user. */
export interface Accounts {
  byName(name: string): Promise<Account | undefined>;
  byUid(uid: number): Promise<Account | undefined>;
}

/**
 * The accounts of `passwd` and `group` in `folder`, read anew each time: a script may have added one. Directories behind
 * NSS (LDAP, SSSD) are not asked: at boot they may not answer.
 */
export function createAccounts(folder = '/etc'): Accounts {
  const find = async (matches: (account: Account) => boolean): Promise<Account | undefined> => {
    const [passwd, group] = await Promise.all([read(`${folder}/passwd`), read(`${folder}/group`)]);
    return parseAccounts(passwd, group).find(matches);
  };
  return {
    byName: (name) => find((account) => account.name === name),
    byUid: (uid) => find((account) => account.uid === uid),
  };
}

/** passwd(5), group(5). Lines that do not hold together are passed over, as the C library does. */
export function parseAccounts(passwd: string, group: string): readonly Account[] {
  const memberships = group.split('\n').flatMap((line) => {
    const [, , gid, members] = line.split(':');
    return isId(gid) && members !== undefined ? [{ gid: Number(gid), members: members.split(',') }] : [];
  });
  return passwd.split('\n').flatMap((line) => {
    const [name, , uid, gid, , home] = line.split(':');
    if (name === undefined || name === '' || !isId(uid) || !isId(gid)) return [];
    const groups = memberships
      .filter((membership) => membership.gid !== Number(gid) && membership.members.includes(name))
      .map((membership) => membership.gid);
    return [{ name, uid: Number(uid), gid: Number(gid), groups: [...new Set(groups)], home: home || '/' }];
  });
}

function isId(text: string | undefined): text is string {
  return text !== undefined && /^\d{1,10}$/.test(text);
}

async function read(path: string): Promise<string> {
  return await readFile(path, 'utf8').catch(() => '');
}
