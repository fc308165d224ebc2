import type { Answer, SandboxRequest } from '../wire/exchange.ts';
import { element, textElement, xmlDocument } from '../wire/xml.ts';
import { Bucket } from './bucket.ts';
import { s3Answer, s3Error, s3Xml, S3_NAMESPACE } from './s3-answer.ts';

const NAME = /^(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9](?:[a-z0-9-]|\.(?!\.)){1,61}[a-z0-9]$/;

/** CreateBucket: the body must name the region of the endpoint, except in us-east-1, where it must name none. */
export function createBucket(
  buckets: Map<string, Bucket>,
  name: string,
  request: SandboxRequest,
  region: string,
  account: string,
): Answer {
  if (!NAME.test(name)) return s3Error(400, 'InvalidBucketName', 'The specified bucket is not valid.');
  const constraint = /<LocationConstraint>([^<]*)<\/LocationConstraint>/.exec(request.body.toString())?.[1];
  if (region === 'us-east-1' && constraint === 'us-east-1') {
    return s3Error(400, 'InvalidLocationConstraint', 'The specified location-constraint is not valid');
  }
  if ((constraint ?? 'us-east-1') !== region) {
    const what = constraint ?? 'unspecified';
    const message = `The ${what} location constraint is incompatible for the region specific endpoint this request was sent to.`;
    return s3Error(400, 'IllegalLocationConstraintException', message);
  }
  const existing = buckets.get(name);
  if (existing && existing.owner !== account)
    return s3Error(409, 'BucketAlreadyExists', 'The requested bucket name is not available.');
  // us-east-1 alone takes a second creation by the owner for a success.
  if (existing && (existing.region !== region || region !== 'us-east-1')) {
    return s3Error(
      409,
      'BucketAlreadyOwnedByYou',
      'Your previous request to create the named bucket succeeded and you already own it.',
    );
  }
  if (!existing) buckets.set(name, new Bucket(name, region, account));
  return s3Answer(200, { location: `/${name}` });
}

export function deleteBucket(buckets: Map<string, Bucket>, bucket: Bucket): Answer {
  if (bucket.size > 0) return s3Error(409, 'BucketNotEmpty', 'The bucket you tried to delete is not empty');
  buckets.delete(bucket.name);
  return s3Answer(204);
}

/** us-east-1 shows as an empty constraint, as it has since before there were other regions. */
export function bucketLocation(bucket: Bucket): Answer {
  const region = bucket.region === 'us-east-1' ? '' : bucket.region;
  const body = xmlDocument('LocationConstraint', S3_NAMESPACE, region);
  return s3Answer(200, { 'content-type': 'application/xml' }, body);
}

export function listBuckets(buckets: ReadonlyMap<string, Bucket>, account: string): Answer {
  const own = [...buckets.values()].filter((bucket) => bucket.owner === account);
  const entries = own.map((bucket) =>
    element(
      'Bucket',
      textElement('Name', bucket.name),
      textElement('CreationDate', '2026-01-01T00:00:00.000Z'),
      textElement('BucketRegion', bucket.region),
    ),
  );
  return s3Xml(
    'ListAllMyBucketsResult',
    element('Owner', textElement('ID', account)),
    element('Buckets', ...entries),
  );
}
