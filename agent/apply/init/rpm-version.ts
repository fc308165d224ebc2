/** The newest of `VERSION` or `VERSION-RELEASE`; undefined of none. */
export function newestRpmVersion(versions: readonly string[]): string | undefined {
  const [first, ...rest] = versions;
  return rest.reduce(
    (newest, version) => (compareRpmVersions(version, newest ?? '') > 0 ? version : newest),
    first,
  );
}

/** rpmvercmp(3) without tilde and caret: runs of digits and of letters, compared one by one. */
export function compareRpmVersions(a: string, b: string): number {
  const [versionA, releaseA] = splitOnce(a);
  const [versionB, releaseB] = splitOnce(b);
  return compareRuns(versionA, versionB) || compareRuns(releaseA, releaseB);
}

function splitOnce(text: string): [string, string] {
  const dash = text.indexOf('-');
  return dash < 0 ? [text, ''] : [text.slice(0, dash), text.slice(dash + 1)];
}

function compareRuns(a: string, b: string): number {
  const [runsA, runsB] = [a.match(/\d+|[a-z]+/gi) ?? [], b.match(/\d+|[a-z]+/gi) ?? []];
  for (const [index, run] of runsA.entries()) {
    const other = runsB[index];
    if (other === undefined) break;
    const order = compareRun(run, other);
    if (order !== 0) return order;
  }
  return runsA.length - runsB.length;
}

function compareRun(a: string, b: string): number {
  const [digitsA, digitsB] = [/^\d/.test(a), /^\d/.test(b)];
  // Digits are newer than letters.
  if (digitsA !== digitsB) return digitsA ? 1 : -1;
  if (a === b) return 0;
  if (!digitsA) return a < b ? -1 : 1;
  const [numberA, numberB] = [BigInt(a), BigInt(b)];
  if (numberA === numberB) return 0;
  return numberA < numberB ? -1 : 1;
}
