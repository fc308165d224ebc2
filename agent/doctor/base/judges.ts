import type { RegionOfAddress } from '#config-service';
import { entriesOfTable } from '../../scan/origin/region-table.ts';
import { createTextScanner, type Sighting } from '../../scan/text/text-scanner.ts';
import { assignmentsIn } from './assignment.ts';
import type { Judge, Sign } from './sign.ts';

/** A line that no program reads: comments of shells, units, INI and JSON, and what units say for people. */
const COMMENT = /^\s*(#|;|\/\/|(Description|Documentation)\s*=)/;
/** A region that is only compared with leads nobody there. */
const COMPARISON = /\[\[?\s.*\s(==?|!=)\s.*\s\]\]?/;

/** Every region that what is in force in the file addresses. Comments, prose and hints do not. */
export const namesRegion: Judge = ({ bytes, regionOf }) => signsIn(bytes(), regionOf);

/** Looks for a region in the first bytes only: the file may be large and binary. */
export const headNamesRegion: Judge = ({ bytes, regionOf }) => signsIn(bytes(4096), regionOf);

/** Looks for a region, and for variables that lead AWS programs somewhere. */
export const setsVariables: Judge = ({ bytes, regionOf }) => {
  const content = bytes();
  if (content === undefined) return [];
  const sets = linesOf(content).flatMap((text, index) =>
    COMMENT.test(text) ? [] : assignmentsIn(text).map((sign) => ({ ...sign, line: index + 1 })),
  );
  const lines = new Set(sets.map(({ line }) => line));
  return [...sets, ...signsIn(content, regionOf).filter(({ line }) => !lines.has(line ?? 0))];
};

/** Looks for a region in the name of the file, as `namesRegion` does in its text. */
export const namedAfterRegion: Judge = ({ path }) =>
  signsIn(Buffer.from(path.slice(path.lastIndexOf('/') + 1))).flatMap(({ region }) =>
    region === undefined ? [] : [{ says: `is named after ${region}`, region }],
  );

/** That it is there, which says something by itself; and the regions it names. */
export function isThere(says: string): Judge {
  return (subject) => [{ says, isFallback: true }, ...namesRegion(subject)];
}

/** That it is there, whatever it holds: it is not opened. */
export function isPresent(says: string): Judge {
  return () => [{ says }];
}

function signsIn(content: Buffer | undefined, regionOf?: RegionOfAddress): readonly Sign[] {
  if (content === undefined || content.length === 0) return [];
  const sightings = sightingsIn(content, regionOf);
  if (sightings.length === 0) return [];
  const lines = linesOf(content);
  // A table of all regions leads nobody to one of them, in an image as in a scan.
  const entries = entriesOfTable(sightings);
  const own = sightings.filter((sighting) => !entries.has(sighting));
  return own.flatMap(({ line, region, name, text, severity, allowed }) => {
    const written = lines[line - 1] ?? '';
    if (severity === 'info' || allowed || COMMENT.test(written)) return [];
    if (severity === 'warning' && COMPARISON.test(written)) return [];
    if (severity === 'unknown') return [{ line, says: `leads to a region that nothing names (${text})` }];
    const where = region ?? name.toLowerCase();
    const by = text.toLowerCase() === where ? '' : ` (${text})`;
    return [{ line, says: `names ${where}${by}`, region: where }];
  });
}

/** With the scan's engine, so that doctor and scan never disagree about what is a region. */
function sightingsIn(content: Buffer, regionOf: RegionOfAddress | undefined): readonly Sighting[] {
  const found: Sighting[] = [];
  const scanner = createTextScanner((sighting) => void found.push(sighting), { ...SMALL, regionOf });
  for (let at = 0; at < content.length;) {
    const length = content.subarray(at).copy(scanner.room());
    scanner.filled(length);
    at += length;
  }
  scanner.end();
  return found;
}

/** Its buffer is made anew for each file, and these are small. */
const SMALL = { chunk: 1 << 16, margin: 1 << 15 };

function linesOf(content: Buffer): readonly string[] {
  return content.toString('latin1').split('\n');
}
