import type { BytePath } from '../bytes/byte-path.ts';

/** Who keeps the record: a database of packages, or a file system that nobody can write to. */
export type Recorder = 'dpkg' | 'rpm' | 'pip' | 'conda' | 'snap' | 'image';

export interface Package {
  readonly recorder: Recorder;
  readonly name: string;
  readonly version: string;
}

export interface Digest {
  readonly algorithm: 'md5' | 'sha1' | 'sha224' | 'sha256' | 'sha384' | 'sha512';
  /** Lower case. */
  readonly hex: string;
}

/** That a file is a package's. */
export interface Claim {
  readonly owner: Package;
  /** Of what was installed. Undefined where the file itself cannot be written to. */
  readonly digest: Digest | undefined;
  /** The package calls it configuration, which people are meant to edit. */
  readonly isConfiguration: boolean;
}

/** What one database says, by path below the root that it is of. Two packages may share a file. */
export interface PackageRecord {
  claimsOn(relative: BytePath): readonly Claim[];
}

export class ClaimTable implements PackageRecord {
  readonly #claims = new Map<string, Claim | readonly Claim[]>();

  add(relative: string, claim: Claim): void {
    const known = this.#claims.get(relative);
    this.#claims.set(relative, known === undefined ? claim : [known, claim].flat());
  }

  claimsOn(relative: BytePath): readonly Claim[] {
    const claims = this.#claims.get(relative);
    return claims === undefined ? NONE : [claims].flat();
  }
}

const NONE: readonly Claim[] = [];
