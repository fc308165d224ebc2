/** One figure at one moment, in any units. */
export interface Point {
  readonly at: number;
  readonly value: number;
}

/** So many pairs tell a slope as well as all of a long row would. */
const MOST_POINTS = 400;

/**
 * How far a row of points rises from its first to its last moment, by the median of the slopes of all pairs (Theil and Sen): a
 * third of the points may lie anywhere, a collection or a burst among them. Undefined of fewer than three.
 */
export function riseOf(points: readonly Point[]): number | undefined {
  const stride = Math.ceil(points.length / MOST_POINTS);
  const row = points.filter((_, index) => index % stride === 0);
  const slopes = row.flatMap((a, index) =>
    row.slice(index + 1).map((b) => (b.value - a.value) / (b.at - a.at)),
  );
  const [first, last] = [points[0], points.at(-1)];
  const median = slopes.toSorted((a, b) => a - b)[Math.floor(slopes.length / 2)];
  if (!first || !last || median === undefined || points.length < 3) return undefined;
  return median * (last.at - first.at);
}
