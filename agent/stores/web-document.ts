import { sha256Hex, type LayerFile } from '#config-service';
import { fail, ok, retry, type Outcome } from '#kit/outcome.ts';
import type { HttpAnswer } from '../aws/http.ts';
import type { Transport } from '../aws/transport.ts';
import { documentPath } from './document-path.ts';
import type { AddressOf, ReadStore, StoreReading } from './store-reader.ts';
import { storeFault } from './store-refusal.ts';

export interface WebDocumentParts {
  /** A transport to that host and no other. */
  readonly privateHost: (url: URL) => Promise<Outcome<Transport>>;
}

/** As for an object in S3. */
const MAX_BYTES = 10 * 1024 * 1024;

/** One document that a server within the VPC gives, asked for by its ETag. */
export function createWebDocumentReader(
  layer: string,
  { url: address }: AddressOf<'https'>,
  { privateHost }: WebDocumentParts,
): ReadStore {
  const url = new URL(address);
  let opening: Promise<Outcome<Transport>> | undefined;
  return async (previous, signal): Promise<Outcome<StoreReading>> => {
    const opened = await (opening ??= privateHost(url));
    if (opened.kind !== 'ok') return fail({ ...opened.fault, operation: 'read', subject: layer });
    const sent = await opened.value.send({
      origin: new URL(url.origin),
      path: `${url.pathname}${url.search}`,
      headers: {
        host: url.host,
        accept: 'application/json, application/yaml, text/plain;q=0.9, */*;q=0.1',
        'accept-encoding': 'identity',
        'user-agent': 'landfall',
        ...(previous?.mark === undefined ? {} : { 'if-none-match': previous.mark }),
      },
      maxBytes: MAX_BYTES,
      signal,
    });
    if (sent.kind === 'forbidden') return fail(sent.fault);
    if (sent.kind === 'failure') {
      const code = sent.reason === 'too-large' ? 'LF_OBJECT_TOO_LARGE' : 'LF_SOURCE_UNREACHABLE';
      return retry(storeFault(layer, code, sent.detail, sent.reason === 'public' ? ITS_ADDRESS : ITS_WAY));
    }
    if (sent.status === 304 && previous?.mark !== undefined) return ok(previous);
    return sent.status === 200 ? documentOf(layer, url, sent) : refusalOf(layer, sent);
  };
}

function documentOf(layer: string, url: URL, { headers, body }: HttpAnswer): Outcome<StoreReading> {
  if (headers['content-encoding'] && headers['content-encoding'] !== 'identity') {
    return retry(
      storeFault(layer, 'LF_SOURCE_MALFORMED', 'it is encoded, and that was not asked for', ITS_SERVER),
    );
  }
  if (body.length === 0) {
    return retry(storeFault(layer, 'LF_SOURCE_EMPTY', 'the answer has no content', ITS_SERVER));
  }
  const path = documentPath(url.pathname, headers['content-type']);
  if (path === undefined) {
    const cause = 'neither its name nor its Content-Type says that it is properties, YAML or JSON';
    return retry(storeFault(layer, 'LF_SOURCE_MALFORMED', cause, ITS_TYPE));
  }
  const etag = headers['etag'] ?? '';
  const isMark = /^(?:W\/)?"[\u0021\u0023-\u007e]{0,200}"$/.test(etag);
  const object = isMark ? `${layer}, ETag ${etag}` : layer;
  const file: LayerFile = { path, object, sha256: sha256Hex(body), bytes: body };
  return ok({ files: [file], ...(isMark && { mark: etag, version: etag }) });
}

function refusalOf(layer: string, { status, headers }: HttpAnswer): Outcome<never> {
  const said = `HTTP ${status}`;
  if (status === 429 || status === 503) {
    const seconds = /^\d{1,4}$/.exec(headers['retry-after'] ?? '')?.[0];
    const fault = storeFault(
      layer,
      'LF_SOURCE_THROTTLED',
      `the server asks for patience (${said})`,
      ITS_SERVER,
    );
    return retry(fault, seconds === undefined ? undefined : Number(seconds) * 1000);
  }
  if (status === 401 || status === 403) {
    return retry(storeFault(layer, 'LF_SOURCE_DENIED', `the server denies it (${said})`, OPEN_IT));
  }
  if (status === 404 || status === 410) {
    return retry(
      storeFault(layer, 'LF_OBJECT_MISSING', `the server has no such document (${said})`, ITS_ADDRESS),
    );
  }
  if (status >= 300 && status < 400) {
    return retry(
      storeFault(layer, 'LF_SOURCE_REFUSED', `it leads elsewhere (${said}), which is not followed`, REDIRECT),
    );
  }
  if (status >= 500) {
    return retry(
      storeFault(layer, 'LF_SOURCE_UNREACHABLE', `the server is in trouble (${said})`, ITS_SERVER),
    );
  }
  return retry(storeFault(layer, 'LF_SOURCE_REFUSED', `the server refuses it (${said})`, ITS_SERVER));
}

const ITS_ADDRESS = 'Correct the address in LANDFALL_LAYERS, or what the server has there.';
const ITS_WAY =
  'The agent tries again by itself; if it lasts, check routes, security groups and AWS_CA_BUNDLE.';
const ITS_SERVER = 'Look at the server; the agent tries again by itself.';
const ITS_TYPE = 'End the path in .properties, .yaml or .json, or have the server send the Content-Type.';
const OPEN_IT = 'Let this instance read it without credentials: the agent sends none.';
const REDIRECT = 'Name the address where it ends in LANDFALL_LAYERS.';
