import { deriveSealKey, type SealKey } from '../../config-service/store/seal/seal-key.ts';
import { stampOf, type Stamp } from '../../config-service/store/stamp/stamp.ts';

export const HERE: Stamp = stampOf({
  partition: 'aws',
  account: '111122223333',
  region: 'eu-west-1',
  instanceId: 'i-0abc',
  imageId: 'ami-1',
});
export const SIBLING: Stamp = { ...HERE, instanceId: 'i-0def' };
export const ELSEWHERE: Stamp = { ...HERE, region: 'us-east-1' };

export function keyOf(stamp: Stamp = HERE, signature = 'c2lnbmF0dXJl\nb2YgaS0wYWJj'): SealKey {
  const key = deriveSealKey(signature, stamp);
  if (!key) throw new Error('no signature');
  return key;
}
