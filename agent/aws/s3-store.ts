import type { GetResult, ListedObject, ObjectStore } from '#config-service';
import type { Clock } from '#kit/clock.ts';
import { fail, ok, type Outcome } from '#kit/outcome.ts';
import type { CredentialSource } from './credentials.ts';
import type { Endpoint } from './endpoint.ts';
import type { Pin } from './pin.ts';
import { wrongChecksum } from './s3-checksum.ts';
import {
  cutShort,
  failureOf,
  mismatch,
  nonsense,
  refusalOf,
  wrongRegion,
  type S3Call,
} from './s3-refusal.ts';
import { escapeKey, renderQuery, signS3Get } from './s3-signer.ts';
import { readError, readListPage } from './s3-xml.ts';
import type { HttpAnswer, Transport } from './transport.ts';

/** A full page of 1,000 keys of 1,024 escaped bytes, three letters a byte, with room for the rest. */
const MAX_PAGE_BYTES = 8 * 1024 * 1024;

/** 100,000 objects under one prefix are no configuration. */
const MAX_PAGES = 100;

export interface S3StoreOptions {
  readonly pin: Pin;
  readonly bucket: string;
  /** The account that must own the bucket; sent on every call. */
  readonly owner: string;
  readonly endpoint: Endpoint;
  readonly credentials: CredentialSource;
  readonly transport: Transport;
  readonly clock: Clock;
}

interface Ask {
  readonly call: S3Call;
  /** Escaped, relative to the bucket. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/** One bucket of this region, read with hand-signed requests. Every state S3 can be in is an outcome; nothing is thrown. */
export function createS3Store(options: S3StoreOptions): ObjectStore {
  const { pin, bucket, owner, credentials, transport, clock } = options;
  const { origin, basePath } = addressOf(options.endpoint, bucket);
  const callOf = (operation: S3Call['operation'], key: string): S3Call => ({
    operation,
    subject: `s3://${bucket}/${key}`,
    bucket,
    key,
    owner,
    pin,
  });

  const send = async (ask: Ask): Promise<Outcome<HttpAnswer>> => {
    const held = await credentials.get(ask.signal);
    if (held.kind !== 'ok') return held;
    const path = basePath + ask.path;
    const headers = await signS3Get(
      {
        host: origin.host,
        path,
        query: ask.query,
        headers: { ...ask.headers, 'x-amz-expected-bucket-owner': owner },
      },
      held.value,
      pin.region,
      new Date(clock.now()),
    );
    const query = renderQuery(ask.query);
    const result = await transport.send({
      origin,
      path: query === '' ? path : `${path}?${query}`,
      headers,
      maxBytes: ask.maxBytes,
      signal: ask.signal,
    });
    if (result.kind === 'forbidden') return fail(result.fault);
    if (result.kind === 'failure') return failureOf(result, ask.call);
    const region = result.headers['x-amz-bucket-region'];
    return region === undefined || region === pin.region
      ? ok(result)
      : wrongRegion(ask.call, `the bucket is in ${region}, this instance is in ${pin.region}`);
  };

  const refuse = (answer: HttpAnswer, call: S3Call) => {
    const refusal = refusalOf(answer, call, clock.now());
    if (refusal.fault.code === 'LF_CREDENTIALS') credentials.invalidate();
    return refusal;
  };

  const listPage = async (prefix: string, token: string | undefined, signal: AbortSignal) => {
    const call = callOf('list', prefix);
    const query = {
      'list-type': '2',
      'encoding-type': 'url',
      prefix,
      ...(token === undefined ? {} : { 'continuation-token': token }),
    };
    const path = basePath === '' ? '/' : '';
    const sent = await send({ call, path, query, headers: {}, maxBytes: MAX_PAGE_BYTES, signal });
    if (sent.kind !== 'ok') return sent;
    if (sent.value.status !== 200) return refuse(sent.value, call);
    const page = readListPage(sent.value.body);
    if (page === 'truncated') return cutShort(call, 'the listing ends before its closing tag');
    if (page === 'malformed' || page.objects.some(({ key }) => !key.startsWith(prefix))) {
      return nonsense(call, 'the answer is no listing of this prefix');
    }
    return ok(page);
  };

  return {
    address: `s3://${bucket}`,

    get: async (key, { ifNoneMatch, maxBytes, signal }): Promise<Outcome<GetResult>> => {
      const call = callOf('read', key);
      const headers = {
        'x-amz-checksum-mode': 'ENABLED',
        ...(ifNoneMatch === undefined ? {} : { 'if-none-match': ifNoneMatch }),
      };
      const sent = await send({ call, path: `/${escapeKey(key)}`, query: {}, headers, maxBytes, signal });
      if (sent.kind !== 'ok') return sent;
      const answer = sent.value;
      if (answer.status === 200) return contentOf(answer, call);
      if (answer.status === 304 && ifNoneMatch !== undefined) return ok({ kind: 'unchanged' });
      if (answer.status === 404 && readError(answer.body).code === 'NoSuchKey') return ok({ kind: 'absent' });
      return refuse(answer, call);
    },

    list: async (prefix, signal): Promise<Outcome<readonly ListedObject[]>> => {
      const objects: ListedObject[] = [];
      let token: string | undefined;
      for (let pages = 0; pages < MAX_PAGES; pages += 1) {
        const page = await listPage(prefix, token, signal);
        if (page.kind !== 'ok') return page;
        objects.push(...page.value.objects);
        token = page.value.next;
        if (token === undefined) return ok(objects.toSorted(byKey));
      }
      return fail({
        code: 'LF_OBJECT_TOO_LARGE',
        operation: 'list',
        subject: `s3://${bucket}/${prefix}`,
        cause: `more than ${MAX_PAGES} pages of objects`,
        hint: 'Point LANDFALL_SOURCE at a prefix that holds configuration only.',
      });
    },
  };
}

/**
 * Virtual-hosted by default, as AWS wants it. Path-style at an override, which has no wildcard name, and for a bucket with
 * dots, which the wildcard certificate does not cover.
 */
function addressOf({ url, overridden }: Endpoint, bucket: string): { origin: URL; basePath: string } {
  if (!overridden && !bucket.includes('.')) {
    return { origin: new URL(`${url.protocol}//${bucket}.${url.host}`), basePath: '' };
  }
  return { origin: url, basePath: `${url.pathname.replace(/\/+$/, '')}/${escapeKey(bucket)}` };
}

function contentOf(answer: HttpAnswer, call: S3Call): Outcome<GetResult> {
  const { etag } = answer.headers;
  if (!etag) return nonsense(call, 'the answer has content and no ETag');
  const wrong = wrongChecksum(answer.headers, answer.body);
  return wrong === undefined ? ok({ kind: 'found', bytes: answer.body, etag }) : mismatch(call, wrong);
}

/** By code unit, like everything else that is ordered here. */
function byKey(a: ListedObject, b: ListedObject): number {
  if (a.key === b.key) return 0;
  return a.key < b.key ? -1 : 1;
}
