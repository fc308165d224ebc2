import { hasGrammar } from './command-line.ts';

/** Signs of a program or a setting, which a sentence does not have. */
const CODE = /[={}$<>|[\]\\`]|(?:^|\s)--?[a-z]|;\s*do\b/;
const LOOP = /^\s*for\s/;
/** Markup that people's sentences are set in. */
const MARKUP =
  /<\/?(?:a|b|br|button|caption|center|dd|div|dt|em|figcaption|footer|h[1-6]|header|i|label|li|main|option|p|section|small|span|strong|td|th|title|u)(?:\s[^<>]*)?\/?>/gi;

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
const TITLE = String.raw`\p{Lu}[\p{L}\p{N}.,:'’/&() ]{0,60}`;
const TITLE_IN_FRONT = new RegExp(String.raw`^["'(]?${TITLE}(?:\s[([]|\s+[–—-]\s+[([]?|(?<=\))\s+)$`, 'u');
const TITLE_BEHIND = new RegExp(String.raw`^\s(?:[([]${TITLE}[)\]]|[–—-]\s+${TITLE})["']?$`, 'u');
const REGION_WORD_IN_FRONT = /(?:region|zone|location|az)s?\W*$/i;

/** Whether what stands around a region's name on its line is a sentence or a label, for people to read. */
export function isSentence(before: string, after: string, role: 'value' | 'file'): boolean {
  const front = before.replaceAll(MARKUP, ' ');
  const behind = after.replaceAll(MARKUP, ' ');
  if (isLabel(front.trimStart(), behind.trimEnd())) return true;
  if (LOOP.test(front) || CODE.test(front) || CODE.test(behind)) return false;
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
  if (TITLE_IN_FRONT.test(front)) {
    const closes = /[([]$/.test(front) ? /^[)\]]["'.!,]?$/ : /^["'.!]?$/;
    return closes.test(behind) && !REGION_WORD_IN_FRONT.test(front);
  }
  return /^["']?$/.test(front) && TITLE_BEHIND.test(behind);
}

function wordsIn(text: string): number {
  return text.match(/(?<![^\s("'])\p{L}['’\p{L}-]*\p{L}(?![^\s,.;:!?)"'])/gu)?.length ?? 0;
}
