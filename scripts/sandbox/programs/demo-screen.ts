import { paint, type Style } from '#agent/console/terminal.ts';

/** Where the demo tells its story. */
const terminal = { colour: process.stdout.isTTY && !process.env['NO_COLOR'] };

export const coloured = (style: Style, text: string): string => paint(terminal, style, text);
export const say = (text = ''): void => console.log(text);
export const title = (text: string): void => say(`\n${coloured('bold', text)}`);
export const indent = (text: string): string => text.trimEnd().replaceAll(/^/gm, '  ');

/** What the demo claims has to be so: else it ends here, with a code that says so. */
export function check(isSo: boolean, claim: string): asserts isSo {
  if (!isSo) throw new Error(`The demo fails: it is not so that ${claim}.`);
}
