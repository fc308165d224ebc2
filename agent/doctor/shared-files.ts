import { access, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { DoctorFinding } from './finding.ts';

/** Files that tell AWS programs a region or an identity, of any user whose home can be seen. Landfall reads none of them. */
export async function checkSharedFiles(root = '/'): Promise<readonly DoctorFinding[]> {
  const users = await readdir(join(root, 'home')).catch(() => []);
  const homes = [join(root, 'root'), ...users.map((user) => join(root, 'home', user))];
  const findings: DoctorFinding[] = [];
  for (const path of homes.flatMap((home) => [join(home, '.aws/config'), join(home, '.aws/credentials')])) {
    const present = await access(path).then(
      () => true,
      () => false,
    );
    if (!present) continue;
    findings.push({
      check: 'shared files',
      level: 'warning',
      says: `${path} exists; Landfall ignores it, other programs may follow it to another region or account`,
      wayOut: 'Remove it from the image; give instances a role instead.',
    });
  }
  return findings.length > 0
    ? findings
    : [{ check: 'shared files', level: 'ok', says: 'no ~/.aws of any user' }];
}
