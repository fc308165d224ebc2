import type { GuardPolicy } from '#config-service';
import type { Settings } from '../../settings/settings.ts';
import type { AddressBook } from './address-book.ts';

/** By which rules the guard judges what a plan brings into this host. */
export interface GuardRules {
  readonly mode: Settings['guard'];
  readonly strictness: GuardPolicy;
  readonly addresses: Pick<AddressBook, 'regionOf' | 'note' | 'settle'>;
}
