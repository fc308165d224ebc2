import type { Pin } from './pin.ts';

/** What was asked of S3, in the words its faults need. */
export interface S3Call {
  readonly operation: 'read' | 'list' | 'write';
  /** `s3://bucket/key` */
  readonly subject: string;
  readonly bucket: string;
  readonly key: string;
  readonly owner: string;
  readonly pin: Pin;
}
