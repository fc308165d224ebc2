import { createHash, verify, type KeyObject } from 'node:crypto';
import { octetsOf, readBer, type Element } from './ber.ts';

const SEQUENCE = 0x30;
const SET = 0x31;
const CONTEXT_0 = 0xa0;
const OCTETS = [0x04, 0x24];

/** Object identifiers, by the hex of their content. */
const SIGNED_DATA = '2a864886f70d010702';
const MESSAGE_DIGEST = '2a864886f70d010904';
const SHA_256 = '608648016503040201';
const RSA: ReadonlySet<string> = new Set(['2a864886f70d010101', '2a864886f70d01010b']);

/** IMDS gives some 2 KB. */
const MAX_BYTES = 64 * 1024;

/**
 * Whether CMS SignedData (RFC 5652), as base64, is a signature of `document` under `key`: RSA (PKCS #1 v1.5) and SHA-256, which is what EC2's
 * `rsa2048` is. Certificates in it are not looked at: who may sign is not for the signed to say. A content in it counts for
 * nothing but what `document` is.
 */
export function isSignedBy(signedData: string, document: Uint8Array, key: KeyObject): boolean {
  const bytes = Buffer.from(signedData.replaceAll(/-----[A-Z0-9 ]+-----|\s/g, ''), 'base64');
  const info = bytes.length > MAX_BYTES ? undefined : readBer(bytes);
  const [type, wrapped] = info?.tag === SEQUENCE ? info.children : [];
  const [body] = wrapped?.tag === CONTEXT_0 ? wrapped.children : [];
  if (oidOf(type) !== SIGNED_DATA || body?.tag !== SEQUENCE) return false;
  const signers = body.children.at(-1);
  if (signers?.tag !== SET || body.children.length < 4) return false;
  return signers.children.some((signer) => isSigner(signer, document, key));
}

function isSigner({ tag, children }: Element, document: Uint8Array, key: KeyObject): boolean {
  const [, , digest, ...rest] = children;
  const attributes = rest[0]?.tag === CONTEXT_0 ? rest.shift() : undefined;
  const [algorithm, signature] = rest;
  if (tag !== SEQUENCE || oidOf(digest?.children[0]) !== SHA_256) return false;
  if (!RSA.has(oidOf(algorithm?.children[0])) || !signature || !OCTETS.includes(signature.tag)) return false;
  const signed = attributes === undefined ? document : signedAttributes(attributes, document);
  return signed !== undefined && verify('sha256', signed, key, octetsOf(signature));
}

/** What is signed in place of the document: attributes, of which exactly one is its digest. As a SET, and in DER (RFC 5652, 5.4). */
function signedAttributes(attributes: Element, document: Uint8Array): Uint8Array | undefined {
  if (!attributes.hasLength) return undefined;
  const digests = attributes.children.filter(({ children }) => oidOf(children[0]) === MESSAGE_DIGEST);
  const values = digests.flatMap(({ children }) => children[1]?.children ?? []);
  const [digest] = values;
  const expected = createHash('sha256').update(document).digest();
  if (values.length !== 1 || !digest || !expected.equals(octetsOf(digest))) return undefined;
  const bytes = Uint8Array.from(attributes.whole);
  bytes[0] = SET;
  return bytes;
}

function oidOf(element: Element | undefined): string {
  return element?.tag === 0x06 ? Buffer.from(element.content).toString('hex') : '';
}
