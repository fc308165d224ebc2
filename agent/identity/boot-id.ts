import { readFile } from 'node:fs/promises';

/** Differs with each boot, and not with each start of the agent; empty where Linux does not say. */
export async function readBootId(): Promise<string> {
  const text = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
  return text.trim();
}
