/** Bytes one configuration file may have. Larger is `LF_OBJECT_TOO_LARGE`, before anything is decoded. */
export const MAX_FILE_BYTES = 10 * 1024 * 1024;

/** Maps and lists inside each other, YAML and JSON. Checked before any recursion, so that no input overflows the stack. */
export const MAX_DEPTH = 100;

/**
 * Lexical tokens of one YAML or JSON file. A syntax tree costs some hundred bytes a token, and ten megabytes
 * of `[1,1,1` would otherwise cost gigabytes; 400,000 ordinary keys stay below it.
 */
export const MAX_TOKENS = 4_000_000;

/** Values that YAML aliases may repeat in one file: the "billion laughs" bound. */
export const MAX_ALIASED_VALUES = 10_000;

/** Characters of all flat keys and values of one file: nesting repeats its prefix in every key below it. */
export const MAX_FLAT_CHARACTERS = 32 * 1024 * 1024;

/** Problems listed for one file; a last one counts the rest. */
export const MAX_PROBLEMS = 50;
