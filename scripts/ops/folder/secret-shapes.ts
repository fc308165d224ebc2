/** Names of what is kept from others; the short ones as words of their own. */
export const SECRET_NAME =
  /SECRET|PASSWORD|PASSWD|PASSPHRASE|TOKEN|PRIVATE_?KEY|ACCESS_?KEY|API_?KEY|(?:^|[._-])(?:PW|PWD|PASS|CREDENTIALS?|SALT|(?:SIGNING|ENCRYPTION|MASTER|LICEN[CS]E)[._-]?KEY)(?![A-Z0-9])/i;

/**
 * Keys of AWS, PEM, JSON web tokens, keys and tokens of GitHub, Slack, Stripe and Google, a password in a URL or among the settings of a
 * connection, forty letters as of a secret access key.
 */
export const SECRET_VALUE =
  /\b(?:[Pp]assword|PASSWORD|[Pp]wd|PWD|AccountKey|SharedAccessKey)=(?!\$\{)[^\s;&"'<]{3,}|[?&]sig=[^\s;&"'<]{8,}|\bsk_live_\w{16,}|\bAIza[\w-]{30,}|\bhooks\.slack\.com\/services\/\S+|\b(AKIA|ASIA)[A-Z0-9]{16}\b|-----BEGIN|\beyJ[\w-]{10,}\.|\bgh[pousr]_\w{20,}|\bxox[abprs]-|:\/\/[^/@\s:]*:[^/@\s]+@|(?<![\w+/=.-])(?=[\w+/]*[a-z])(?=[\w+/]*[A-Z])(?=[\w+/]*\d)[A-Za-z0-9+/]{40}(?![\w+/=.-])/;

/** What is a key beyond doubt, and so worth a warning wherever it stands. */
const KEYS: readonly (readonly [pattern: RegExp, what: string])[] = [
  [/-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----/, 'a private key begins here'],
  [/\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/, 'an access key of AWS stands here'],
  [/\bgh[pousr]_\w{36,}|\bgithub_pat_\w{22,}/, 'a token of GitHub stands here'],
  [/\bxox[abprs]-[\w-]{10,}/, 'a token of Slack stands here'],
  [/aws_?secret_?access_?key\W{1,5}[A-Za-z0-9+/]{40}\b/i, 'a secret access key of AWS stands here'],
];

/** What kind of key a line holds, in words that do not repeat it. */
export function keyIn(line: string): string | undefined {
  return KEYS.find(([pattern]) => pattern.test(line))?.[1];
}

/** Whether the value is not for a screen or the log of a pipeline: by the name of its key, or by its shape. */
export function isConfidential(key: string, value: string): boolean {
  return SECRET_NAME.test(key.replaceAll(/[-._]/g, '_')) || SECRET_VALUE.test(value);
}
