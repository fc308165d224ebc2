import { SEALED_SUFFIX, stampOfSealed } from '../seal/sealed-file.ts';
import type { Stamp } from '../stamp/stamp.ts';
import { STAMPED_SUFFIX, stampOfStamped } from '../seal/stamped-file.ts';

/** How a file of the state folder is kept, and how it is asked whose it is. */
export interface StateFile {
  readonly kind: 'sealed' | 'stamped';
  /** @throws the errno of what kept it from being read. */
  readonly stampAt: (path: string) => Promise<Stamp | undefined>;
}

/** Undefined for what Landfall did not name, and for the register, which is more than a stamp. */
export function stateFileOf(name: string): StateFile | undefined {
  if (name.endsWith(SEALED_SUFFIX)) return { kind: 'sealed', stampAt: stampOfSealed };
  return name.endsWith(STAMPED_SUFFIX) ? { kind: 'stamped', stampAt: stampOfStamped } : undefined;
}
