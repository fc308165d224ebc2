import { readFile } from 'node:fs/promises';
import { getAsset, isSea } from 'node:sea';

/** In the executable the page is an asset of this name. */
const ASSET = 'dashboard';

/** The page in ASCII, as `scripts/build/page.ts` makes it; beside sources the last one that was built, if there is one. */
export async function readDashboard(): Promise<string | undefined> {
  if (isSea()) return getAsset(ASSET, 'latin1');
  const built = new URL('../../.cache/build/dashboard.html', import.meta.url);
  return readFile(built, 'latin1').catch(() => undefined);
}
