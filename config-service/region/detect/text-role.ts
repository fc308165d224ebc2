/**
 * What becomes of a text. `value`: a property's, which may be a sentence for people. `key`: a property's name, whose dots
 * separate its parts. `command`: a shell or a program is handed it as it stands. `script`: lines that are run, and comments
 * between them. `file`: any other lines, of a rendered file or of a disk.
 */
export type TextRole = 'value' | 'key' | 'command' | 'script' | 'file';

const CRON_FOLDER = /(?:^|\/)cron(?:tab|tabs|\.d|\.hourly|\.daily|\.weekly|\.monthly)?(?:\/|$)/;
const UNIT = /\.(?:service|timer|socket|mount|automount|path|slice|target|desktop)(?:\.d\/[^/]+\.conf)?$/;
const PROGRAM = /\.(?:sh|bash|zsh|ksh|csh|fish|ps1|psm1|bat|cmd|py|pl|rb|php|lua|tcl|awk|js|mjs|cjs|ts)$/i;

/** The role of a file by its path, and by what it begins with. */
export function roleOfFile(path: string, head: string): 'script' | 'file' {
  return head.startsWith('#!') || CRON_FOLDER.test(path) || UNIT.test(path) || PROGRAM.test(path)
    ? 'script'
    : 'file';
}
