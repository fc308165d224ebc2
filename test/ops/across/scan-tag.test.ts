import { describe, expect, it } from 'vitest';
import { scanCommand, scanTags, uncertified } from '#scripts/ops/across/scan-tag.ts';

const DIGEST = `sha256:${'0f'.repeat(32)}`;

describe('the tag of a clean scan', () => {
  it('certifies the image whose disk was scanned', () => {
    expect(uncertified(scanTags(DIGEST, 'snap-1'), 'snap-1')).toBeUndefined();
  });

  it('certifies no image that it was copied to', () => {
    expect(uncertified(scanTags(DIGEST, 'snap-1'), 'snap-2')).toContain("another image's disk (snap-1)");
  });

  it('is believed without the disk, as people set it by hand', () => {
    expect(uncertified(new Map([['scan-digest', DIGEST]]), 'snap-1')).toBeUndefined();
  });

  it('is made by a command that can be pasted', () => {
    expect(scanCommand('eu-west-1', 'ami-1')).toMatch(/^landfall-ops scan-image ami-1 --region eu-west-1 /);
  });

  it.each([
    ['absent', undefined],
    ['empty', ''],
    ['a word', 'clean'],
    ['a shortened digest', DIGEST.slice(0, -1)],
    ['a digest with something after it', `${DIGEST} `],
  ])('certifies nothing when it is %s', (_, value) => {
    const tags = new Map(value === undefined ? [] : [['scan-digest', value]]);
    expect(uncertified(tags, 'snap-1')).toContain('scan-digest');
  });
});
