/** One element of BER (X.690). */
export interface Element {
  readonly tag: number;
  /** With tag and length, as it came. */
  readonly whole: Uint8Array;
  readonly content: Uint8Array;
  /** False: its end is marked, which DER does not allow. */
  readonly hasLength: boolean;
  /** Empty for a primitive one. */
  readonly children: readonly Element[];
}

/** Nothing that is read here nests deeper. */
const DEEPEST = 16;

const CONSTRUCTED = 0x20;
const END = 0x00;

/** The one element that the bytes are; undefined when they are anything else. Zeros may follow. */
export function readBer(bytes: Uint8Array): Element | undefined {
  const element = elementAt(bytes, 0, 0);
  if (!element || bytes.subarray(element.whole.length).some((byte) => byte !== 0)) return undefined;
  return element;
}

/** The bytes of an octet string, which may come in pieces. */
export function octetsOf({ tag, content, children }: Element): Uint8Array {
  return (tag & CONSTRUCTED) === 0 ? content : Buffer.concat(children.map(octetsOf));
}

function elementAt(bytes: Uint8Array, at: number, depth: number): Element | undefined {
  const tag = bytes[at];
  const first = bytes[at + 1];
  // Tags of more than a byte are in nothing that is read here.
  if (tag === undefined || first === undefined || (tag & 0x1f) === 0x1f || depth > DEEPEST) return undefined;
  const hasLength = first !== 0x80;
  const size = hasLength && first > 0x80 ? first - 0x80 : 0;
  if (size > 3 || (!hasLength && (tag & CONSTRUCTED) === 0)) return undefined;
  const start = at + 2 + size;
  const length =
    size === 0 ? first : bytes.subarray(at + 2, start).reduce((sum, byte) => sum * 256 + byte, 0);
  const end = hasLength ? start + length : bytes.length;
  if (end > bytes.length) return undefined;
  const children: Element[] = [];
  for (let next = (tag & CONSTRUCTED) === 0 ? end : start; next < end;) {
    const child = elementAt(bytes.subarray(0, end), next, depth + 1);
    if (!child) return undefined;
    next += child.whole.length;
    if (!hasLength && child.tag === END && child.content.length === 0) {
      const content = bytes.subarray(start, next - 2);
      return { tag, whole: bytes.subarray(at, next), content, hasLength, children };
    }
    children.push(child);
  }
  if (!hasLength) return undefined;
  return { tag, whole: bytes.subarray(at, end), content: bytes.subarray(start, end), hasLength, children };
}
