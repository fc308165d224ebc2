/**
 * A path as the system sees it: bytes, one character each. File names need not be UTF-8, and on an image that has seen
 * other systems some are not; as ordinary strings they could not be opened again.
 */
export type BytePath = string & { readonly bytes: unique symbol };

export function bytePathOf(path: string): BytePath {
  return Buffer.from(path).toString('latin1') as BytePath;
}

export function joined(folder: BytePath, name: string): BytePath {
  if (folder === '') return name as BytePath;
  return (folder.endsWith('/') ? folder + name : `${folder}/${name}`) as BytePath;
}

/** What the `fs` functions take. */
export function toSystem(path: BytePath): string | Buffer {
  return isAscii(path) ? path : Buffer.from(path, 'latin1');
}

/** For people; what is not UTF-8 is shown as U+FFFD. */
export function toShown(path: BytePath): string {
  return isAscii(path) ? path : Buffer.from(path, 'latin1').toString();
}

function isAscii(path: string): boolean {
  // oxlint-disable-next-line no-control-regex -- every byte below 0x80 is itself in UTF-8
  return /^[\u0000-\u007f]*$/.test(path);
}
