import type { Fault } from '#kit/errors.ts';
import { errorDocuments } from '../across/end.ts';
import type { BakeRequest } from './bake-request.ts';

export type BakeState = 'planned' | 'registered' | 'undone' | 'refused' | 'unfinished';

/** What came of a bake. */
export interface BakeEnd {
  readonly state: BakeState;
  readonly image: string | null;
  readonly snapshot: string | null;
  readonly scan: { readonly findings: number; readonly digest: string | null };
  /** Empty for a good end. The first one gives the exit code. */
  readonly faults: readonly Fault[];
  /** What is due, in the order in which it is done, for a plan. */
  readonly steps: readonly string[];
  /** Where the report of the scan and the account of changes lie, when there are any. */
  readonly report?: string;
  readonly changes?: string;
  /** In what the image differs from its base although it was registered with the same. */
  readonly differences: readonly string[];
}

/** The document of `--json`; its fields are promised. */
export function endDocument(end: BakeEnd, { region, name, base }: BakeRequest): object {
  const { state, image, snapshot, scan, faults, steps, report, changes, differences } = end;
  return {
    state,
    region,
    name,
    base,
    image,
    snapshot,
    scan,
    ...(report === undefined ? {} : { report }),
    ...(changes === undefined ? {} : { changes }),
    ...(differences.length === 0 ? {} : { differences }),
    ...(state === 'planned' ? { steps } : {}),
    errors: errorDocuments(faults),
  };
}

/** What there is, a row each. */
export function endRows(end: BakeEnd, { base }: BakeRequest): readonly (readonly string[])[] {
  const { image, snapshot, scan, report, changes, state } = end;
  const isKnown = state !== 'planned' && state !== 'refused';
  return [
    ['base', base],
    ...(image === null ? [] : [['image', image]]),
    ...(snapshot === null ? [] : [['snapshot', snapshot]]),
    ...(isKnown ? [['scan', scanText(scan)]] : []),
    ...(report === undefined ? [] : [['report', report]]),
    ...(changes === undefined ? [] : [['changes', changes]]),
  ];
}

function scanText({ findings, digest }: BakeEnd['scan']): string {
  if (findings > 0) return `${findings} of another region`;
  return digest === null ? 'none that vouches for it' : `clean, ${digest}`;
}
