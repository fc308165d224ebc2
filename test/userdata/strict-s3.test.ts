import { expect, test } from 'vitest';
import { signatureProblem } from './strict-s3.ts';

const secretOf = () => 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
const scope = 'AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request';

// Amazon S3 API Reference, "Example: GET Object" and the example of a presigned URL.
const inHeader = {
  method: 'GET',
  target: '/test.txt',
  headers: {
    host: 'examplebucket.s3.amazonaws.com',
    range: 'bytes=0-9',
    'x-amz-content-sha256': 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    'x-amz-date': '20130524T000000Z',
    authorization: `AWS4-HMAC-SHA256 Credential=${scope},SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41`,
  },
};
const inQuery = {
  method: 'GET',
  target: `/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${encodeURIComponent(scope)}&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404`,
  headers: { host: 'examplebucket.s3.amazonaws.com' },
};

test.each([inHeader, inQuery])('what AWS prints as signed is signed: $target', (request) => {
  expect(signatureProblem(request, secretOf)).toBeUndefined();
});

test('another host, a header that is not signed and a wrong secret are seen', () => {
  const elsewhere = { ...inHeader, headers: { ...inHeader.headers, host: 'elsewhere' } };
  expect(signatureProblem(elsewhere, secretOf)).toContain('SignatureDoesNotMatch');
  const more = { ...inQuery, headers: { ...inQuery.headers, 'x-amz-security-token': 'token' } };
  expect(signatureProblem(more, secretOf)).toBe('HeadersNotSigned x-amz-security-token');
  expect(signatureProblem(inQuery, () => 'other')).toContain('SignatureDoesNotMatch');
});
