const KIB = 2 ** 10;
const MIB = 2 ** 20;
const GIB = 2 ** 30;

/**
 * What one scan may cost, whatever lies on the image. Reaching a limit is never silent: what was left out is named in
 * the report, and such a report certifies nothing.
 */
export const LIMITS = {
  /** Bytes read of one file. A sparse `lastlog` claims more than the disk has. */
  fileBytes: 64 * GIB,
  /** Bytes unpacked of one file, all layers together; some kilobytes of zip can claim petabytes. */
  unpackedBytes: 8 * GIB,
  /** Containers within each other: `war.gz` in a tar of a zip is four. */
  depth: 4,
  /** A zip inside another container has to be held whole, because its index stands at its end. */
  nestedZipBytes: 64 * MIB,
  /** The index of one zip. */
  zipIndexBytes: 64 * MIB,
  /** What is packed and unpacks to no more than this is unpacked in one call, several times as fast as a stream. */
  smallPackedBytes: 256 * KIB,
  smallUnpackedBytes: MIB,
  /** Long names and pax records of a tar. */
  tarRecordBytes: MIB,
  /** Kept of one file until it is known whose it is. */
  sightingsPerFile: 100_000,
  findingsPerFile: 10_000,
  findings: 200_000,
  /** Characters of `text` in a report. A run of base64 is longer. */
  text: 120,
  /** How far a line is read to look for a `landfall:allow`. */
  comment: 4 * KIB,
  /** Files beyond this are not rewritten: a person has to read the difference. */
  rewriteBytes: 16 * MIB,
} as const;
