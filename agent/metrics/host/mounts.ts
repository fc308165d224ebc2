/** One line of `/proc/self/mounts`. */
export interface Mount {
  readonly device: string;
  readonly path: string;
  readonly type: string;
}

/** fstab(5): blanks, tabs, line ends and backslashes are written in octal. */
export function parseMounts(text: string): readonly Mount[] {
  return text.split('\n').flatMap((line) => {
    const [device, path, type] = line.split(' ');
    if (device === undefined || path === undefined || type === undefined) return [];
    return { device: unescape(device), path: unescape(path), type };
  });
}

function unescape(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCodePoint(Number.parseInt(octal, 8)),
  );
}
