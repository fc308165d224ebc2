const UNITS = [
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'm'],
] as const;

/** A span in the one or two units that matter: `3d 4h`, `12m 5s`, `8s`. */
export function spanOf(ms: number): string {
  let seconds = Math.max(0, Math.floor(ms / 1000));
  const parts: string[] = [];
  for (const [size, unit] of UNITS) {
    const many = Math.floor(seconds / size);
    if (many > 0 || parts.length > 0) parts.push(`${many}${unit}`);
    seconds -= many * size;
  }
  parts.push(`${seconds}s`);
  return parts
    .slice(0, 2)
    .join(' ')
    .replace(/ 0[hms]$/, '');
}

/** Of the day, and the day itself when it is another; in UTC, as logs have it. */
export function clockTime(iso: string, now: number): string {
  const day = iso.slice(0, 10);
  const time = iso.slice(11, 19);
  return day === new Date(now).toISOString().slice(0, 10) ? time : `${day} ${time}`;
}

export function bytesOf(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let size = bytes / 1000;
  let unit = 0;
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${size.toFixed(size < 10 ? 1 : 0)} ${units[unit] ?? ''}`;
}
