import { knownRegions, regionFacts } from '../tables/partitions.ts';
import { REGION_OF_SHORT_CODE, SHORT_CODES } from '../tables/short-codes.ts';

/** A region's name as it stands in a (decoded) text, before anyone asked what it means there. */
export interface RegionName {
  readonly region: string;
  /** False for a well-formed name of no region we know, such as one that opened after this build. */
  readonly known: boolean;
  /** A number further in a row that we know, as `ap-southeast-9`: more likely AWS's than `uk-south-1`. */
  readonly sibling: boolean;
  readonly spelling: 'plain' | 'zone' | 'local-zone' | 'wavelength-zone' | 'zone-id' | 'constant';
  /** The whole name, zone letters included. */
  readonly start: number;
  readonly end: number;
}

const POINT = '(?:northeast|northwest|southeast|southwest|north|south|east|west|central)';

/**
 * Local Zones as of 2026, which give their names to zone groups and network border groups: `us-west-2-lax-1`. A word of
 * some other length or meaning (`us-west-2-web-1`) is somebody's host.
 */
const LOCAL =
  'akl|atl|bkk|bna|bos|bru|bue|ccu|chi|clt|cph|cpt|cvg|del|den|dfw|ewr|hel|hnl|iah|jax|las|lax|lim|los|man|mci|mia|mnl|' +
  'msp|muc|nbo|nyc|osl|pdx|per|phl|phx|pit|prg|qro|scl|sea|sfo|slc|tpa|tpe|ty|vie|waw|yto';

/**
 * `us-gov-west-1`, and what may follow: a zone letter (AWS has gone up to f), `-lax-1a`, `-wl1-bos-wlz-1`, or a group of
 * such zones. Neither a letter nor a digit may touch it: `bus-east-1`, `eu-west-12` and `us-east-1x` are other words.
 * An underscore may: `us-east-1_AbCdEf` is a Cognito user pool.
 */
const PLAIN = new RegExp(
  `(?<![a-z0-9])((?:eusc-[a-z]{2}|[a-z]{2,4}(?:-(?:gov|iso[a-z]?))?)-${POINT}-\\d)` +
    `(?:(-wl\\d-[a-z]{3}-wlz-?\\d|-wl\\d(?!-))|(-[a-z]{2,5}-\\d[a-z]|-(?:${LOCAL})-\\d)|([a-f]))?(?![a-z0-9])`,
  'gi',
);

/** `use1-az6`, `usw2-lax1-az1`, `use1-wl1-bos-wlz1`. */
const ZONE_ID = new RegExp(
  `(?<![a-z0-9])(${SHORT_CODES})(?:-[a-z]{2,5}\\d)?(?:-az\\d{1,2}|-wl\\d-[a-z]{3}-wlz\\d)(?![a-z0-9])`,
  'gi',
);

/** SDK constants: `US_EAST_1` (Java, C++), `UsEast1RegionID` (Go), `UsEast1` (Rust), `USEast1` (.NET). */
const UNDERSCORED = new RegExp(
  `(?<![a-z0-9])([a-z]{2,4}(?:_(?:gov|iso[a-z]?|de))?_${POINT}_\\d)(?![a-z0-9])`,
  'gi',
);
const CAMEL =
  /(?<![A-Za-z0-9])((?:U[sS]|E[uU]|A[pPfF]|S[aA]|C[aAnN]|M[eExX]|I[lL])[A-Za-z]{0,12}(?:[nN]orth|[sS]outh|[eE]ast|[wW]est|[cC]entral)\d)(?:RegionI[dD]|(?![A-Za-z0-9]))/g;

const REGION_OF_LETTERS: ReadonlyMap<string, string> = new Map(
  knownRegions().flatMap(({ region }) => {
    const letters = region.replaceAll('-', '');
    // .NET says USGovCloudWest1 where everyone else says UsGovWest1.
    return [
      [letters, region],
      [letters.replace('usgov', 'usgovcloud'), region],
    ];
  }),
);

/** The names of known regions without their number. */
const ROWS: ReadonlySet<string> = new Set(knownRegions().map(({ region }) => rowOf(region)));

export function* regionNames(text: string): Generator<RegionName> {
  for (const match of text.matchAll(PLAIN)) {
    const [whole, name = '', wavelength, local, letter] = match;
    const region = name.toLowerCase();
    const facts = regionFacts(region);
    if (!facts) continue;
    const { known } = facts;
    const start = match.index;
    const spelling = wavelength ? 'wavelength-zone' : local ? 'local-zone' : letter ? 'zone' : 'plain';
    // Of what is unknown just the region is named: there is nothing else to tell it by.
    const end = start + (known ? whole : name).length;
    yield { region, known, sibling: ROWS.has(rowOf(region)), spelling, start, end };
  }
  for (const match of text.matchAll(ZONE_ID)) {
    const region = REGION_OF_SHORT_CODE.get((match[1] ?? '').toLowerCase());
    if (region) yield named(region, 'zone-id', match.index, match[0].length);
  }
  for (const match of text.matchAll(UNDERSCORED)) {
    const region = (match[1] ?? '').toLowerCase().replaceAll('_', '-');
    if (regionFacts(region)?.known) yield named(region, 'constant', match.index, match[0].length);
  }
  for (const match of text.matchAll(CAMEL)) {
    const region = REGION_OF_LETTERS.get((match[1] ?? '').toLowerCase());
    if (region) yield named(region, 'constant', match.index, (match[1] ?? '').length);
  }
}

function named(region: string, spelling: RegionName['spelling'], start: number, length: number): RegionName {
  return { region, known: true, sibling: true, spelling, start, end: start + length };
}

function rowOf(region: string): string {
  return region.slice(0, region.lastIndexOf('-'));
}
