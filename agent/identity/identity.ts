import { regionFacts, type RegionFacts } from '#config-service';
import type { FaultCode } from '#kit/errors.ts';
import { fail, ok, type Fail, type Outcome } from '#kit/outcome.ts';
import type { Imds } from './imds.ts';

/** Who and where this instance is, out of its identity document: the one source of region truth (law 1). */
export interface Identity {
  readonly partition: string;
  readonly dnsSuffix: string;
  readonly account: string;
  readonly region: string;
  /** What the document says, empty when it does not; never used to tell the region. */
  readonly zone: string;
  readonly instanceId: string;
  readonly imageId: string;
  readonly instanceType: string;
  readonly architecture: string;
  readonly privateIp?: string;
  /** The base64 signature of the document without line breaks, a secret no disk holds; undefined when IMDS has none. */
  readonly signature: string | undefined;
  /** Fingerprint of the certificate that vouches for the document; undefined when none was given to look for it. */
  readonly provenBy?: string;
  readonly warnings: readonly string[];
}

const DOCUMENT = 'latest/dynamic/instance-identity/document';
const SIGNATURE = 'latest/dynamic/instance-identity/signature';
const SIGNED_DATA = 'latest/dynamic/instance-identity/rsa2048';

const ACCOUNT = /^\d{12}$/;
/** It becomes part of S3 keys, file names and log streams, so nothing that could climb out of a folder. */
const INSTANCE_ID = /^[A-Za-z0-9][\w-]*$/;

type Document = Readonly<Record<string, unknown>>;

/**
 * Reads document and signature side by side. A region that no partition could have, a wrong account or instance id is
 * `LF_IDENTITY_MALFORMED`, all of them named; a well-formed region this version does not know is accepted with a warning.
 * @param certificates where the certificates lie that have to vouch for the document; empty: it is believed.
 * @throws the signal's reason when aborted.
 */
export async function readIdentity(
  imds: Imds,
  signal: AbortSignal,
  certificates = '',
): Promise<Outcome<Identity>> {
  const [document, signature] = await Promise.all([
    imds.read(DOCUMENT, signal),
    imds.read(SIGNATURE, signal),
  ]);
  if (document.kind !== 'ok') return document;
  if (signature.kind !== 'ok') return signature;
  if (document.value === undefined) return unusable('LF_IMDS_ABSENT', 'the service has no such item (404)');
  const identity = parseIdentity(document.value, signature.value);
  if (identity.kind !== 'ok' || certificates === '') return identity;
  const { proveIdentity } = await import('./identity-proof.ts');
  const { region } = identity.value;
  const signedData = () => imds.read(SIGNED_DATA, signal);
  const claim = { document: document.value, signature: identity.value.signature, region, signedData };
  const proof = await proveIdentity(claim, certificates);
  return proof.kind === 'ok' ? ok({ ...identity.value, provenBy: proof.value }) : proof;
}

function parseIdentity(text: string, signature: string | undefined): Outcome<Identity> {
  const document = parseObject(text);
  if (!document) return unusable('LF_IDENTITY_MALFORMED', 'it is no JSON object');

  const facts = regionFacts(textOf(document, 'region'));
  const account = textOf(document, 'accountId');
  const instanceId = textOf(document, 'instanceId');
  const wrong = [
    ...(facts ? [] : [`region ${show(document['region'])} is no region name`]),
    ...(ACCOUNT.test(account) ? [] : [`accountId ${show(document['accountId'])} is not 12 digits`]),
    ...(INSTANCE_ID.test(instanceId) ? [] : [`instanceId ${show(document['instanceId'])} is no instance id`]),
  ];
  if (!facts || wrong.length > 0) return unusable('LF_IDENTITY_MALFORMED', wrong.join('; '));

  const privateIp = textOf(document, 'privateIp');
  return ok({
    partition: facts.partition,
    dnsSuffix: facts.dnsSuffix,
    account,
    region: facts.region,
    zone: textOf(document, 'availabilityZone'),
    instanceId,
    imageId: textOf(document, 'imageId'),
    instanceType: textOf(document, 'instanceType'),
    architecture: textOf(document, 'architecture'),
    ...(privateIp === '' ? {} : { privateIp }),
    // IMDS wraps the base64; without its line breaks the same signature is always the same text, as a key needs.
    signature: signature?.replace(/\s+/g, '') || undefined,
    warnings: regionWarnings(facts),
  });
}

function regionWarnings({ known, region, partition }: RegionFacts): readonly string[] {
  if (known) return [];
  return [`region ${region} is not in this version's table; it is taken for one of partition ${partition}`];
}

function unusable(code: FaultCode, cause: string): Fail {
  const hint = 'Landfall takes the region from nowhere else: check what answers as the metadata service.';
  return fail({ code, operation: 'read', subject: 'the instance identity document', cause, hint });
}

function parseObject(text: string): Document | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? (parsed as Document) : undefined;
  } catch {
    return undefined;
  }
}

function textOf(document: Document, field: string): string {
  const value = document[field];
  return typeof value === 'string' ? value : '';
}

function show(value: unknown): string {
  return (JSON.stringify(value) ?? '(missing)').slice(0, 80);
}
