import type { S3Call } from './s3-call.ts';
import type { S3Error } from './s3-xml.ts';

/** Why S3 has something and does not give it, and the way out. */
export interface Denial {
  /** Without code and message, which come behind it. */
  readonly cause: string;
  readonly hint: string;
}

/** What a denial is about: the object, its key, the account, or, most often, a permission. */
export function denialOf(error: S3Error, call: S3Call): Denial {
  if (error.code === 'InvalidObjectState') {
    const where = error.storageClass === '' ? '' : ` (storage class ${error.storageClass})`;
    return { cause: `the object is archived${where}`, hint: ARCHIVED_HINT };
  }
  if (error.code.startsWith('KMS.')) {
    return { cause: 'S3 cannot use the KMS key of the object', hint: keyHint(error.code) };
  }
  if (ACCOUNT_CODES.has(error.code)) return { cause: 'S3 denies it', hint: accountHint(call) };
  if (error.code !== '') return { cause: 'S3 denies it', hint: permissionHint(call) };
  return {
    cause: 'S3 denies it',
    hint: `${permissionHint(call)} No error document of S3 came with it: look for a proxy or captive portal, too.`,
  };
}

const ARCHIVED_HINT =
  'Restore it or upload it again, and take the prefix out of the lifecycle rule that archives it.';

/** The account is suspended, or S3 has closed the bucket (API reference, error codes). */
const ACCOUNT_CODES = new Set(['AccountProblem', 'AllAccessDisabled', 'NotSignedUp']);

function accountHint({ owner }: S3Call): string {
  return `Not a matter of permissions: look at the state of the account (${owner} owns the bucket), or ask AWS Support.`;
}

/** KMS's own codes, which S3 hands on behind `KMS.` (KMS API reference, Decrypt). */
function keyHint(code: string): string {
  const state = code.slice('KMS.'.length);
  if (state.startsWith('Disabled')) return 'Enable the KMS key again, or upload the object with another one.';
  if (state.startsWith('NotFound')) {
    return 'The key is gone, or of another account or region: upload the object with a key of this region.';
  }
  if (/InvalidState/.test(state)) {
    return 'Look at the state of the key: cancel its deletion, or upload the object with another one.';
  }
  return 'Look at the key: its state, its policy, and kms:Decrypt for the role of this instance.';
}

/** S3 answers AccessDenied alike for a missing permission, a missing key that may not be listed, and a wrong owner. */
function permissionHint({ operation, bucket, key, owner, pin }: S3Call): string {
  const arn = `arn:${pin.partition}:s3:::${bucket}`;
  if (operation === 'write') return `Allow the role s3:PutObject on ${arn}/${key}.`;
  const read = operation === 'read' ? `s3:GetObject on ${arn}/${key}, and ` : '';
  return (
    `Allow the role ${read}s3:ListBucket on ${arn} (without it S3 denies what is merely absent), and kms:Decrypt if the ` +
    `bucket uses a key; and check that account ${owner} owns the bucket: if another does, set LANDFALL_BUCKET_OWNER.`
  );
}
