/** Reads the progress of a snapshot as EC2 writes it: `57%`. */
export function percentOf(progress: string | undefined): number | undefined {
  const [, number] = /^(\d{1,3})%$/.exec(progress ?? '') ?? [];
  return number === undefined ? undefined : Number(number);
}
