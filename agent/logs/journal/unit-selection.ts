/** What journalctl prints of a record. */
export type RecordFields = Readonly<Record<string, unknown>>;

/** Whether a name of a unit is a pattern, as journalctl takes them: `app@*`, `app[12].service`. */
export function isUnitPattern(unit: string): boolean {
  return /[*?[]/.test(unit);
}

/** Fields by which `UnitSelection` knows whose a record is. */
export const UNIT_FIELDS = [
  '_SYSTEMD_UNIT',
  '_SYSTEMD_SLICE',
  'UNIT',
  'OBJECT_SYSTEMD_UNIT',
  'COREDUMP_UNIT',
  '_UID',
  '_PID',
] as const;

/** Names that are remembered: of templates there may come many. */
const MOST_KNOWN = 1_000;

/**
 * Records of units whose names match. journalctl looks a pattern up once, among the units that the journal holds when it starts:
 * what a unit wrote that appears later would never be shipped. So where there is a pattern, it is asked for all units.
 */
export class UnitSelection {
  readonly #patterns: readonly ((unit: string) => boolean)[];
  readonly #withSlices: boolean;
  readonly #known = new Map<string, boolean>();

  constructor(units: readonly string[]) {
    const named = units.map(withSuffix);
    this.#patterns = named.map(unitPattern);
    this.#withSlices = named.some((unit) => unit.endsWith('.slice'));
  }

  /** As `journalctl --unit` has it: of the unit itself, and about it of whoever may say so, the manager and root. */
  matches(fields: RecordFields): boolean {
    const isRoot = fields['_UID'] === '0';
    return (
      this.#isOne(fields['_SYSTEMD_UNIT']) ||
      (this.#withSlices && this.#isOne(fields['_SYSTEMD_SLICE'])) ||
      (fields['_PID'] === '1' && this.#isOne(fields['UNIT'])) ||
      (isRoot && (this.#isOne(fields['OBJECT_SYSTEMD_UNIT']) || this.#isOne(fields['COREDUMP_UNIT'])))
    );
  }

  /** A field that a record has twice is a list. */
  #isOne(unit: unknown): boolean {
    if (Array.isArray(unit)) return unit.some((one) => this.#isOne(one));
    if (typeof unit !== 'string') return false;
    const known = this.#known.get(unit);
    if (known !== undefined) return known;
    const isOne = this.#patterns.some((matches) => matches(unit));
    if (this.#known.size >= MOST_KNOWN) this.#known.clear();
    this.#known.set(unit, isOne);
    return isOne;
  }
}

const SUFFIX = /\.(?:service|socket|device|mount|automount|swap|target|path|timer|slice|scope)$/;

/** A name without a type is a service; a pattern may be of any. */
function withSuffix(unit: string): string {
  return isUnitPattern(unit) || SUFFIX.test(unit) ? unit : `${unit}.service`;
}

type Token = '*' | ((character: string) => boolean);

/** fnmatch(3) without escapes, for names of units hold backslashes. Goes back to the last star only: no pattern takes long. */
function unitPattern(pattern: string): (unit: string) => boolean {
  const tokens = [...pattern.matchAll(/\[!?\]?[^\]]*\]|[^]/g)].map(([text]) => tokenOf(text));
  return (unit) => {
    let [at, token] = [0, 0];
    let star = -1;
    let resumeAt = 0;
    while (at < unit.length) {
      const one = tokens[token];
      if (one === '*') {
        star = token;
        resumeAt = at;
        token += 1;
      } else if (one?.(unit.charAt(at)) === true) {
        at += 1;
        token += 1;
      } else if (star >= 0) {
        resumeAt += 1;
        at = resumeAt;
        token = star + 1;
      } else return false;
    }
    return tokens.slice(token).every((one) => one === '*');
  };
}

function tokenOf(text: string): Token {
  if (text === '*') return text;
  if (text === '?') return () => true;
  const [, not = '', set] = /^\[(!?)(\]?[^\]]*)\]$/.exec(text) ?? [];
  if (set === undefined || set === '') return (character) => character === text;
  const ranges = [...set.matchAll(/([^])-([^])|[^]/g)].map(
    ([one, from = one, to = one]) => [from, to] as const,
  );
  return (character) => ranges.some(([from, to]) => character >= from && character <= to) === (not === '');
}
