import { isRecord } from '../kit/is-record.ts';
import { jsonOfBytes } from '../kit/json-text.ts';
import type { Fault } from '../kit/errors.ts';
import { canonicalCandidate, parseCandidate, type ReleaseCandidate } from './candidate.ts';
import { canonicalRelease, parseRelease, type Release } from './manifest.ts';
import { ProblemList } from './problem-list.ts';
import { canonicalTrail, parseTrail, type Trail } from './trail.ts';
import { canonicalSignatures, parseSignatures, type ReleaseSignature } from './signature.ts';

/** The format of `current.json` that this version writes, and the newest it reads. */
const POINTER_FORMAT = 1;

/** `<prefix>/current.json`: what a region's instances run. The one object that is polled. */
export interface Pointer {
  readonly region: string;
  readonly stable: Release;
  /** The release that is being rolled out beside it. */
  readonly candidate?: ReleaseCandidate;
  /** What ran before it (`trail.ts`). */
  readonly trail?: Trail;
  /** Rises with every pointer of this prefix that was signed (`nextSequence`); what is older was put back. */
  readonly sequence?: number;
  /** Who vouches for all of the above but a halt and the trail (`pointer-signing.ts`). */
  readonly signatures?: readonly ReleaseSignature[];
}

export type ParsedPointer =
  | { readonly kind: 'valid'; readonly pointer: Pointer }
  | {
      readonly kind: 'invalid';
      readonly fault: Fault;
      /** Of a format that a newer version writes: it may be whole, and is not to be written over. */
      readonly newer?: true;
    };

/**
 * Reads a pointer for an instance in `region`; `address` names the object in faults. Fields this version does not know
 * are tolerated, so that publishers may be newer than agents; a new `format` says that they may not.
 *
 * Faults: `LF_REGION_MANIFEST` when it was published for another region, whatever brought it here (law 4), else
 * `LF_MANIFEST_INVALID` with all problems at once.
 */
export function parsePointer(bytes: Uint8Array, region: string, address: string): ParsedPointer {
  const invalid = (cause: string, hint: string): Extract<ParsedPointer, { kind: 'invalid' }> => ({
    kind: 'invalid',
    fault: { code: 'LF_MANIFEST_INVALID', operation: 'read', subject: address, cause, hint },
  });
  const document = jsonOfBytes(bytes);
  if (!isRecord(document)) {
    return invalid('it is not a JSON object in UTF-8', 'Publish again with `landfall-ops publish`.');
  }
  const format = document['format'];
  if (typeof format === 'number' && Number.isInteger(format) && format > POINTER_FORMAT) {
    const unread = invalid(
      `its format is ${format}, this agent reads up to ${POINTER_FORMAT}`,
      'Upgrade Landfall on this instance, or publish with the older landfall-ops.',
    );
    return { ...unread, newer: true };
  }
  if (format !== POINTER_FORMAT) {
    return invalid('it has no known "format"', 'Publish again with `landfall-ops publish`.');
  }
  const published = document['region'];
  if (typeof published === 'string' && published !== region) {
    return { kind: 'invalid', fault: foreignManifest(region, address) };
  }

  const problems = new ProblemList();
  if (typeof published !== 'string') problems.add('region', 'is missing or not a string');
  const stable = parseRelease(document['stable'], 'stable', problems);
  const candidate =
    document['candidate'] === undefined ? undefined : parseCandidate(document['candidate'], problems);
  const sequence = parseSequence(document['sequence'], problems);
  const signatures = parseSignatures(document['signatures'], 'signatures', problems);
  const trail = parseTrail(document['trail']);
  if (stable && problems.empty) {
    const pointer: Pointer = {
      region,
      stable,
      ...(candidate ? { candidate } : {}),
      ...(trail ? { trail } : {}),
      ...(sequence === undefined ? {} : { sequence }),
      ...(signatures.length > 0 ? { signatures } : {}),
    };
    return { kind: 'valid', pointer };
  }
  return {
    kind: 'invalid',
    fault: {
      code: 'LF_MANIFEST_INVALID',
      operation: 'read',
      subject: address,
      cause: problems.summary(),
      hint: 'Publish again with `landfall-ops publish`; nothing of this release was used.',
      problems: problems.list(),
    },
  };
}

/** The canonical text: equal pointers give equal bytes, so that they can be compared and digested. */
export function printPointer(pointer: Pointer): string {
  return `${JSON.stringify(canonicalPointer(pointer))}\n`;
}

/** With fields in a fixed order. */
export function canonicalPointer(pointer: Pointer): object {
  const { region, stable, candidate, trail, sequence, signatures = [] } = pointer;
  return {
    format: POINTER_FORMAT,
    region,
    stable: canonicalRelease(stable),
    ...(candidate ? { candidate: canonicalCandidate(candidate) } : {}),
    ...(trail && trail.past.length > 0 ? { trail: canonicalTrail(trail) } : {}),
    ...(sequence === undefined ? {} : { sequence }),
    ...(signatures.length > 0 ? { signatures: canonicalSignatures(signatures) } : {}),
  };
}

function parseSequence(value: unknown, problems: ProblemList): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value;
  problems.add('sequence', 'is no whole number above 0');
  return undefined;
}

/** Does not name the other region: an instance on a copied disk names none but its own, to nobody. The pointer says it. */
function foreignManifest(region: string, address: string): Fault {
  return {
    code: 'LF_REGION_MANIFEST',
    operation: 'read',
    subject: address,
    cause: `it was published for another region, this instance is in ${region}`,
    hint: `Publish for ${region} with \`landfall-ops publish --regions ${region}\`, and stop whatever copied it here.`,
  };
}
