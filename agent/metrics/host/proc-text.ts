/** Fields of a line of /proc, whatever blanks part them. */
export function fieldsOf(line: string): readonly string[] {
  return line.trim().split(/\s+/);
}

export function numberAt(fields: readonly string[], index: number): number {
  const value = Number(fields[index]);
  return Number.isFinite(value) ? value : 0;
}
