/**
 * The coast of a region: an island made of nothing but the region's name, so that each region has its own, the same on every
 * instance. Whoever looks at two instances sees before reading whether they are in one region.
 */
export interface Island {
  /** SVG paths, the coast first, each further inland. */
  readonly land: readonly string[];
  /** Lines of equal depth, the outermost last. */
  readonly sea: readonly string[];
  /** Where it is highest. */
  readonly peak: readonly [x: number, y: number];
}

/** Side of the square it is drawn in. */
export const CHART = 400;

const POINTS = 72;
const LAND = [1, 0.8, 0.6, 0.4, 0.21];
const SEA = [1.16, 1.34, 1.55, 1.8, 2.1];

export function islandOf(region: string): Island {
  const random = randomOf(region);
  const waves = Array.from({ length: 6 }, (_, index) => ({
    count: index + 2,
    height: (0.34 / (index + 1.4)) * (0.5 + random()),
    turn: random() * 2 * Math.PI,
  }));
  const stretch = 0.72 + random() * 0.5;
  const tilt = random() * Math.PI;
  const drift = [random() * 44 - 22, random() * 44 - 22] as const;
  const peak = [CHART / 2 + drift[0], CHART / 2 + drift[1]] as const;
  const outline = (scale: number): string => {
    // Far out the coast is forgotten, and inland the contours lean to the peak.
    const detail = scale > 1 ? 1 / scale ** 1.4 : 1;
    const lean = Math.max(0, 1 - scale);
    const points = Array.from({ length: POINTS }, (_, index) => {
      const angle = (index / POINTS) * 2 * Math.PI;
      const ripple = waves.reduce(
        (sum, wave) => sum + wave.height * Math.sin(wave.count * angle + wave.turn),
        0,
      );
      const radius = 88 * scale * (1 + ripple * detail);
      const x = Math.cos(angle) * radius * stretch;
      const y = (Math.sin(angle) * radius) / stretch;
      const turned = [
        x * Math.cos(tilt) - y * Math.sin(tilt),
        x * Math.sin(tilt) + y * Math.cos(tilt),
      ] as const;
      return [CHART / 2 + turned[0] + drift[0] * lean, CHART / 2 + turned[1] + drift[1] * lean] as const;
    });
    return smooth(points);
  };
  return { land: LAND.map(outline), sea: SEA.map(outline), peak };
}

type Point = readonly [number, number];

/** A closed line through the middles between the points, which are where it bends. */
function smooth(points: readonly Point[]): string {
  const middles = points.map(([x, y], index) => {
    const [nextX, nextY] = points[(index + 1) % points.length] ?? [x, y];
    return [(x + nextX) / 2, (y + nextY) / 2] as const;
  });
  const text = ([x, y]: Point): string => `${x.toFixed(1)} ${y.toFixed(1)}`;
  const last = middles.at(-1) ?? [0, 0];
  return `M${text(last)}${points.map((point, index) => `Q${text(point)} ${text(middles[index] ?? last)}`).join('')}Z`;
}

/** Numbers in 0..1 that the text decides (FNV-1a for the seed, then mulberry32). */
function randomOf(text: string): () => number {
  let state = 0x811c9dc5;
  for (const letter of text) state = Math.imul(state ^ (letter.codePointAt(0) ?? 0), 0x01000193);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
