import { hasGrammar, isCommandLine } from './command-line.ts';

/** Signs of a program or a setting, which a sentence does not have. */
const CODE = /[={}$<>|[\]\\`]|(?:^|\s)--?[a-z]|;\s*do\b/;
const LOOP = /^\s*for\s/;
/** Markup that people's sentences are set in. */
const MARKUP =
  /<\/?(?:a|b|br|button|caption|center|dd|div|dt|em|figcaption|footer|h[1-6]|header|i|label|li|main|option|p|section|small|span|strong|td|th|title|u)(?:\s[^<>]*)?\/?>/gi;

/** What Markdown sets in front of a line: a quotation, a heading, an item of a list. */
const BLOCK = /^\s*(?:(?:>|#{1,6}|[*+-]|\d{1,3}[.)])\s+)+/;
const EMPHASIS = /\*\*|__/g;
/** A row of a table, with the region in one cell and what it is called in the next. */
const CELL_IN_FRONT = /^\s*\|\s*(?:(\S[^|]*?)\s*\|\s*)?$/;
const CELL_BEHIND = /^\s*\|\s*(?:(\S[^|]*?)\s*\|\s*)?$/;

/** A key whose value is shown to people, at the beginning of a line, with the sign behind it. */
const KEY_FOR_PEOPLE =
  /^[\s"'{,-]*(?:[\w-]+\.)*(?:[\w-]+[_-])?(?:description|desc|summary|title|subtitle|caption|label|text|message|msg|help|hint|tooltip|placeholder|comment|note|notes|notice|remark|reason|subject|body|motd|banner|greeting|welcome|headline|documentation|doc)(?:\.[\w-]+)*["']?\s*[:=]\s*["']?/i;
/** As many as a word or two have; `地域` alone may be a key. */
const FEWEST_LETTERS = 4;

const ABOUT_REGION = /region|zone|location|(?:^|[_.-])az(?:s|[_.-]|$)/i;

/** What stands directly before a place in a sentence. All capitals are SQL's. */
const PREPOSITION =
  /^(?:[Ff]rom|[Tt]o|[Ii]n|[Aa]t|[Oo]f|[Ii]nto|[Nn]ear|[Oo]utside|[Tt]he|[Oo]ur|[Yy]our|[Vv]ia|[Tt]hrough|[Ww]ithin|[Bb]etween|[Aa]nd|[Oo]r|[Tt]han|[Ff]or|[Oo]n|[Ii]s|[Ww]as|[Aa]re|[Ww]ere|[Ww]ith|[Bb]y|[Aa]s|[Oo]ver|[Tt]owards?|called|[Ll]eft|[Ll]eaving|[Bb]ut|[Aa]bout|[Aa]bove|[Aa]cross|[Aa]round|[Ii]nside|[Aa]us|[Nn]ach|[Dd]e|[Dd]es|[Ee]n|[Dd]ans|[Dd]esde|[Dd]a|[Uu]it|[Ff]ra|[Ff]rån)$/u;
const DENIAL_BEFORE =
  /^(?:not|Not|never|Never|no|No|without|Without|except|Except|excluding|Excluding|avoid|Avoid|unlike|Unlike)$/;
const DENIAL_AFTER =
  /^[)"']?\s+(?:(?:is|are|was|has been)\s+)?(?:not|never|no longer|forbidden|denied|disallowed|prohibited|banned|excluded|unsupported|unavailable|deprecated|retired|gone)\b/i;
const GREETING =
  /\b(?:hello|hi|hey|welcome|greetings|goodbye|bye|farewell|cheers|dear|good (?:morning|evening|day|night)|hallo|moin|servus|bonjour|salut|hola|ciao|hej|ahoy)\b/i;

/** `Frankfurt`, `US East (N. Virginia)`, `Europe: Ireland`: how a menu calls a place. */
const TITLE = String.raw`[\p{Lu}\p{Lo}][\p{L}\p{N}.,:'’/&() ]{0,60}`;
/** Made when the first sentence is read: Unicode's classes are built letter by letter, 3 ms of a start that has none. */
let titles: Record<'whole' | 'inFront' | 'behind', RegExp> | undefined;

function titleShapes(): NonNullable<typeof titles> {
  titles ??= {
    whole: new RegExp(`^${TITLE}$`, 'u'),
    inFront: new RegExp(String.raw`^["'(]?${TITLE}(?:\s[([]|\s+[–—-]\s+[([]?|(?<=\))\s+)$`, 'u'),
    behind: new RegExp(String.raw`^\s(?:[([]${TITLE}[)\]]|[–—-]\s+${TITLE})["']?$`, 'u'),
  };
  return titles;
}
const REGION_WORD_IN_FRONT = /(?:region|zone|location|az)s?\W*$/i;

/** Whether what stands around a region's name on its line is a sentence or a label, for people to read. */
export function isSentence(before: string, after: string, role: 'value' | 'file'): boolean {
  const front = before.replaceAll(MARKUP, ' ').replace(BLOCK, '').replaceAll(EMPHASIS, '');
  const behind = after.replaceAll(MARKUP, ' ').replaceAll(EMPHASIS, '');
  if (isLabel(front.trimStart(), behind.trimEnd()) || isRowOfTable(front, behind)) return true;
  if (LOOP.test(front) || CODE.test(front) || CODE.test(behind)) return false;
  if (isInOtherScript(front, behind)) return true;
  const previous = /(?:^|[\s("'])(\p{L}[\p{L}\p{N}_'’-]*)[,.;]?\s+["'(]?$/u.exec(front)?.[1];
  const next = /^["')]?[,.;:!?]?\s+\(?(\p{L})/u.test(behind);
  if (previous === undefined) return next && isHeading(front) && isCommentOn(behind, role);
  if (!next && ABOUT_REGION.test(previous)) return false;
  const words = wordsIn(front) + wordsIn(behind);
  if (DENIAL_BEFORE.test(previous) || DENIAL_AFTER.test(behind)) return true;
  if (GREETING.test(front)) return true;
  const isCapital = /^[\s"'(]*\p{Lu}\p{Ll}/u.test(front);
  if (words >= 2 && PREPOSITION.test(previous) && /\p{L}\s+\S+$/u.test(front.trimEnd())) return true;
  if (words >= 3 && hasGrammar(`${front} ${behind}`)) return true;
  if (words >= 2 && isCapital && /^["')]?[.!?…]+["')]?\s*$/.test(behind)) return true;
  return role === 'value' && isCapital && words >= 2;
}

/**
 * Whether it stands in what a key says to people: `title: Report for us-east-1 customers`, `error=The region us-east-1 is full.`
 * A region by itself, a command or a setting is none of that, whatever the key.
 */
export function isSaying(before: string, after: string): boolean {
  const forPeople = KEY_FOR_PEOPLE.exec(before)?.[0];
  // Any other key, with a value that begins as a sentence does.
  const key =
    forPeople ?? /^[\s"'{,-]*[\w.-]+["']?\s*[:=]\s*["']?(?=\p{Lu}\p{Ll}*\s+\p{L})/u.exec(before)?.[0];
  if (key === undefined) return false;
  const said = before.slice(key.length);
  if (CODE.test(said) || CODE.test(after.replace(/["',}\]\s]+$/, ''))) return false;
  if (isCommandLine(`${said}_${after}`)) return false;
  if (forPeople !== undefined && isLabel(said, after.trimEnd())) return true;
  const words = wordsIn(said) + wordsIn(after);
  return forPeople === undefined
    ? words >= 4 && /[\p{L}\p{N})][.!?…]["']?[,;}\s]*$/u.test(after)
    : words >= 2;
}

function isInOtherScript(front: string, behind: string): boolean {
  if (/[=:：,;|]\s*["'(]?$/.test(front)) return false;
  // Letters of scripts that no program is written in. Some have no capitals, and some no blanks between words.
  const letters = `${front}${behind}`.match(/[\p{Script=Cyrillic}\p{Script=Greek}\p{Lo}]/gu) ?? [];
  return letters.length >= FEWEST_LETTERS;
}

function isRowOfTable(front: string, behind: string): boolean {
  const [inFront, isBehind] = [CELL_IN_FRONT.exec(front), CELL_BEHIND.exec(behind)];
  const name = inFront?.[1] ?? isBehind?.[1];
  return (
    inFront !== null &&
    isBehind !== null &&
    name !== undefined &&
    titleShapes().whole.test(name) &&
    !REGION_WORD_IN_FRONT.test(name)
  );
}

/** Nothing in front, or what a note begins with: `Note: us-east-1 is down`. */
function isHeading(front: string): boolean {
  if (front.trim() === '' || /^\s*["'(]$/.test(front)) return true;
  return /^\s*\p{Lu}[\p{L} ]{0,40}[:–—-]\s+$/u.test(front) && !REGION_WORD_IN_FRONT.test(front);
}

/** `ap-south-1 team standup`, `us-east-1 is down`. In files so are columns of a table, hence more is asked of them. */
function isCommentOn(behind: string, role: 'value' | 'file'): boolean {
  if (DENIAL_AFTER.test(behind)) return true;
  const words = wordsIn(behind);
  return words >= 2 && (role === 'value' || words >= 4 || hasGrammar(behind));
}

function isLabel(front: string, behind: string): boolean {
  const { inFront, behind: isBehind } = titleShapes();
  if (inFront.test(front)) {
    const closes = /[([]$/.test(front) ? /^[)\]]["'.!,]?$/ : /^["'.!]?$/;
    return closes.test(behind) && !REGION_WORD_IN_FRONT.test(front);
  }
  return /^["']?$/.test(front) && isBehind.test(behind);
}

function wordsIn(text: string): number {
  return text.match(/(?<![^\s("'])\p{L}['’\p{L}-]*\p{L}(?![^\s,.;:!?)"'])/gu)?.length ?? 0;
}
