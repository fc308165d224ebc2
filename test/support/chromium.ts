import { existsSync, globSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Browser } from 'playwright-core';
import { oracle } from './oracle.ts';

/** The distribution's Chromium, headless: what `.ci/oracles` unpacked, or the one that is installed. */
export interface Chromium {
  readonly program: string;
  readonly env: Readonly<Record<string, string>>;
}

export function findChromium(): Chromium | { readonly missing: string } {
  const brought = oracle('chromium');
  if (!('missing' in brought)) {
    const root = join(brought.folder, 'root');
    // libpulse names the folder of its own part by its place in an installed system.
    const libraries = globSync(join(root, 'usr/lib/*-linux-gnu{,/pulseaudio}'));
    return {
      program: join(root, 'usr/lib/chromium/chromium-headless-shell'),
      env: { LD_LIBRARY_PATH: libraries.join(':'), FONTCONFIG_FILE: join(brought.folder, 'fonts.conf') },
    };
  }
  const installed = '/usr/lib/chromium/chromium-headless-shell';
  return existsSync(installed) ? { program: installed, env: {} } : brought;
}

/** It reaches nobody but this host, and asks nobody for updates. */
export function openBrowser({ program, env }: Chromium): Promise<Browser> {
  return chromium.launch({
    executablePath: program,
    // No folder, and none can be made there: as root Chromium makes what it is given.
    env: { ...env, HOME: '/dev/null', PATH: '/usr/bin:/bin' },
    args: ['--no-sandbox', '--disable-gpu', '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE localhost'],
  });
}
