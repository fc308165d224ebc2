import { header, type Answer, type SandboxRequest, type Service } from '../wire/exchange.ts';
import { bucketLocation, createBucket, deleteBucket, listBuckets } from './bucket-operations.ts';
import type { Bucket } from './bucket.ts';
import { listObjects } from './listing.ts';
import { deleteObject, getObject, putObject } from './object-operations.ts';
import { accessDenied, s3Answer, s3Dialect, s3Error } from './s3-answer.ts';

/** Query names that belong to no subresource. Any other makes a different operation, which must not pass for a plain one. */
const PLAIN_QUERY =
  /^(?:x-id|list-type|prefix|delimiter|continuation-token|max-keys|encoding-type|start-after|fetch-owner|x-amz-.*)$/i;

/** What the operations are called by method, on the service, a bucket and an object. */
const OPERATIONS: Readonly<Record<'service' | 'bucket' | 'object', Readonly<Record<string, string>>>> = {
  service: { GET: 'ListBuckets' },
  bucket: { PUT: 'CreateBucket', HEAD: 'HeadBucket', DELETE: 'DeleteBucket' },
  object: { GET: 'GetObject', HEAD: 'HeadObject', PUT: 'PutObject', DELETE: 'DeleteObject' },
};

/** Amazon S3 of all regions behind one endpoint: the region a request is signed for says which regional endpoint is meant. */
export function s3Service(buckets: Map<string, Bucket>, account: string, now: () => number): Service {
  return {
    name: 's3',
    dialect: () => s3Dialect,
    describe(request) {
      const address = addressOf(request) ?? {};
      const path = `/${address.bucket ?? ''}${address.key === undefined ? '' : `/${address.key}`}`;
      return { operation: operationOf(request, address), path };
    },
    answer(request) {
      const address = addressOf(request);
      if (!address) return s3Error(400, 'InvalidURI', "Couldn't parse the specified URI.");
      const bucket = address.bucket === undefined ? undefined : buckets.get(address.bucket);
      const answer = refuseCaller(request) ?? answerSigned(request, address, bucket);
      return bucket ? withRegion(answer, bucket, request, address) : answer;
    },
  };

  function answerSigned(request: SandboxRequest, address: S3Address, bucket: Bucket | undefined): Answer {
    const operation = operationOf(request, address);
    if (operation === 'ListBuckets') return listBuckets(buckets, account);
    if (operation === 'CreateBucket') {
      return createBucket(buckets, address.bucket ?? '', request, request.caller.region ?? '', account);
    }
    if (!bucket)
      return s3Error(404, 'NoSuchBucket', 'The specified bucket does not exist', {
        BucketName: address.bucket ?? '',
      });
    const refused = refuseForBucket(request, bucket, address.key);
    if (refused) return refused;
    switch (operation) {
      case 'HeadBucket':
        return s3Answer(200);
      case 'DeleteBucket':
        return deleteBucket(buckets, bucket);
      case 'GetBucketLocation':
        return bucketLocation(bucket);
      case 'ListObjectsV2':
        return listObjects(bucket, request);
      case 'GetObject':
      case 'HeadObject':
        return getObject(bucket, address.key ?? '', request);
      case 'PutObject':
        return putObject(bucket, address.key ?? '', request, now());
      case 'DeleteObject':
        return deleteObject(bucket, address.key ?? '', request);
      default:
        return s3Error(501, 'NotImplemented', `The sandbox does not implement ${operation}.`);
    }
  }
}

function addressOf(request: SandboxRequest): S3Address | undefined {
  return s3Address(header(request, 'host'), request.path);
}

function operationOf(request: SandboxRequest, { bucket, key }: S3Address): string {
  const { method, query } = request;
  const subresource = [...query.keys()].find((name) => !PLAIN_QUERY.test(name));
  if (subresource === 'location' && method === 'GET' && key === undefined) return 'GetBucketLocation';
  if (subresource !== undefined) return `${method} ?${subresource}`;
  if (method === 'PUT' && header(request, 'x-amz-copy-source') !== undefined) return 'CopyObject';
  if (bucket !== undefined && key === undefined && method === 'GET') {
    return query.get('list-type') === '2' ? 'ListObjectsV2' : 'ListObjects';
  }
  const level = bucket === undefined ? 'service' : key === undefined ? 'bucket' : 'object';
  return OPERATIONS[level][method] ?? `${method} ${level}`;
}

function refuseCaller(request: SandboxRequest): Answer | undefined {
  const { standing, service } = request.caller;
  if (standing === 'unsigned') return accessDenied();
  if (standing === 'expired') return s3Error(400, 'ExpiredToken', 'The provided token has expired.');
  if (standing === 'malformed' || service !== 's3') {
    return s3Error(
      400,
      'AuthorizationHeaderMalformed',
      'The authorization header that you provided is not valid.',
    );
  }
  return undefined;
}

/** What S3 checks before it looks for the object, in its order: region, owner, permission. */
function refuseForBucket(
  request: SandboxRequest,
  bucket: Bucket,
  key: string | undefined,
): Answer | undefined {
  if (request.caller.region !== bucket.region) {
    // No Location: a client that wants to follow has to read x-amz-bucket-region, and ours must not want to.
    const message = 'The bucket you are attempting to access must be addressed using the specified endpoint.';
    const endpoint = `${bucket.name}.s3.${bucket.region}.amazonaws.com`;
    return s3Error(301, 'PermanentRedirect', message, { Endpoint: endpoint, Bucket: bucket.name });
  }
  const owner = header(request, 'x-amz-expected-bucket-owner');
  if (owner !== undefined && !/^\d{12}$/.test(owner)) {
    return s3Error(
      400,
      'InvalidBucketOwnerAWSAccountID',
      'The value of the expected bucket owner parameter must be an AWS account ID',
    );
  }
  const foreign = owner !== undefined && owner !== bucket.owner;
  return foreign || bucket.denies(key ?? '') ? accessDenied() : undefined;
}

/** S3 names the bucket's region on bucket-level answers and on every refusal, even to a stranger; not on a plain object. */
function withRegion(answer: Answer, bucket: Bucket, request: SandboxRequest, address: S3Address): Answer {
  const bucketLevel = address.key === undefined && request.method !== 'DELETE';
  const refusal = answer.status === 301 || answer.status === 403;
  if (!bucketLevel && !refusal) return answer;
  return { ...answer, headers: { ...answer.headers, 'x-amz-bucket-region': bucket.region } };
}

/** What an S3 request is about. `key` is absent for the bucket itself, `bucket` for the service. */
interface S3Address {
  readonly bucket?: string;
  readonly key?: string;
}

/** `bucket.s3.region.amazonaws.com`, `bucket.s3.localhost` and `bucket.localhost` are virtual-host style. */
const VIRTUAL_HOST =
  /^(?<bucket>[a-z0-9][a-z0-9.-]*?)(?:\.s3(?:[.-][a-z0-9.-]+)?\.(?:amazonaws\.[a-z.]+|localhost)|\.localhost)$/;
const SERVICE_LABEL = /^(?:s3|ec2|monitoring|logs)(?:$|[.-])/;

/** Path style or virtual-host style, by the Host header. `undefined` when the path is not valid percent-encoding. */
function s3Address(host: string | undefined, rawPath: string): S3Address | undefined {
  const path = decode(rawPath.slice(1));
  if (path === undefined) return undefined;
  const name = host?.toLowerCase().replace(/:\d+$/, '') ?? '';
  const bucket = SERVICE_LABEL.test(name) ? undefined : VIRTUAL_HOST.exec(name)?.groups?.['bucket'];
  if (bucket !== undefined) return path === '' ? { bucket } : { bucket, key: path };
  const slash = path.indexOf('/');
  if (path === '') return {};
  if (slash === -1 || slash === path.length - 1)
    return { bucket: slash === -1 ? path : path.slice(0, slash) };
  return { bucket: path.slice(0, slash), key: path.slice(slash + 1) };
}

function decode(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}
