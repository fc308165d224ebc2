/** What is wrong with what arrived of a log, so that a claim about it can fail; undefined when it is the same, line by line. */
export function arrivalFault(written: readonly string[], arrived: readonly string[]): string | undefined {
  const known = new Set(written);
  const strange = arrived.find((line) => !known.has(line));
  if (strange !== undefined) return `"${strange}" arrived and was never written`;
  const there = new Set(arrived);
  const missing = written.filter((line) => !there.has(line));
  if (missing.length > 0) return `${missing.length} lines are missing, the first is "${missing[0]}"`;
  if (arrived.length > there.size) return `${arrived.length - there.size} lines came twice`;
  const swapped = written.find((line, index) => arrived[index] !== line);
  return swapped === undefined ? undefined : `"${swapped}" is not in its place`;
}
