const HEAD_BYTES = 1024;

/**
 * Whether bytes are a web page: what a captive portal, a proxy or a static website answers. Told by how they begin, behind
 * a byte order mark, blanks and comments.
 */
export function isHtmlPage(bytes: Uint8Array): boolean {
  let head = new TextDecoder('latin1').decode(bytes.subarray(0, HEAD_BYTES));
  head = head.replace(/^\u00EF\u00BB\u00BF/, '').trimStart();
  for (let end = endOfAside(head); end > 0; end = endOfAside(head)) head = head.slice(end).trimStart();
  return /^<(?:!doctype\s+html|html)[\s>]/i.test(head);
}

/** Where a comment or an instruction in front ends; 0 when there is none that does. */
function endOfAside(head: string): number {
  const mark = head.startsWith('<!--') ? '-->' : head.startsWith('<?') ? '?>' : undefined;
  const found = mark === undefined ? -1 : head.indexOf(mark, 2);
  return found < 0 ? 0 : found + (mark ?? '').length;
}
