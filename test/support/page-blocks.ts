/** A fenced block of a page. */
export interface Block {
  readonly kind: string;
  readonly lines: readonly string[];
}

/** Blocks of a page in their order. @throws for one that is indented instead of fenced: nobody would run it. */
export function blocksOf(page: string, text: string): readonly Block[] {
  const blocks: { kind: string; lines: string[] }[] = [];
  let open: { kind: string; lines: string[] } | undefined;
  let before = '';
  for (const line of text.split('\n')) {
    const fence = /^```(\w*)$/.exec(line);
    if (fence && open) open = undefined;
    else if (fence) blocks.push((open = { kind: fence[1] ?? '', lines: [] }));
    else if (open) open.lines.push(line);
    else if (/^ {4}/.test(line) && before === '') throw new Error(`${page}: not fenced: ${line}`);
    before = line;
  }
  return blocks;
}
