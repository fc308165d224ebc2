import {
  CreateBucketCommand,
  DeleteBucketCommand,
  GetBucketLocationCommand,
  HeadBucketCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { expect } from 'vitest';
import { failureOf } from './backend.ts';
import type { ContractCase } from './backend.ts';

export const BUCKET_CASES: readonly ContractCase[] = [
  {
    name: 'a bucket says where it is, us-east-1 by an empty constraint',
    async run(backend) {
      for (const region of ['eu-west-1', 'us-east-1']) {
        const Bucket = await backend.bucket(region);
        const head = await backend.s3(region).send(new HeadBucketCommand({ Bucket }));
        expect(head.BucketRegion).toBe(region);
        const { LocationConstraint } = await backend
          .s3(region)
          .send(new GetBucketLocationCommand({ Bucket }));
        expect(LocationConstraint ?? '').toBe(region === 'us-east-1' ? '' : region);
      }
    },
  },
  {
    name: 'creating with the constraint of another region is 400',
    async run(backend) {
      const s3 = backend.s3('eu-west-1');
      const CreateBucketConfiguration = { LocationConstraint: 'ap-south-1' as const };
      const other = failureOf(
        s3.send(new CreateBucketCommand({ Bucket: 'elsewhere', CreateBucketConfiguration })),
      );
      expect(await other).toMatchObject({ name: 'IllegalLocationConstraintException', status: 400 });
    },
  },
  {
    name: 'a name that is taken is 409',
    async run(backend) {
      const s3 = backend.s3('eu-west-1');
      const CreateBucketConfiguration = { LocationConstraint: 'eu-west-1' as const };
      const Bucket = await backend.bucket('eu-west-1');
      const again = failureOf(s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration })));
      expect(await again).toMatchObject({ name: 'BucketAlreadyOwnedByYou', status: 409 });
    },
  },
  {
    name: 'a name that is not valid is 400',
    async run(backend) {
      const s3 = backend.s3('eu-west-1');
      const CreateBucketConfiguration = { LocationConstraint: 'eu-west-1' as const };
      const bad = failureOf(
        s3.send(new CreateBucketCommand({ Bucket: 'No_Good', CreateBucketConfiguration })),
      );
      expect(await bad).toMatchObject({ name: 'InvalidBucketName', status: 400 });
    },
  },
  {
    name: 'a bucket with objects is not deleted',
    async run(backend) {
      const s3 = backend.s3('eu-west-1');
      const Bucket = await backend.bucket('eu-west-1');
      await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }));
      const refused = failureOf(s3.send(new DeleteBucketCommand({ Bucket })));
      expect(await refused).toMatchObject({ name: 'BucketNotEmpty', status: 409 });
    },
  },
];
