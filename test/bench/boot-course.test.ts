import { expect, test } from 'vitest';
import { releaseCourse } from '#scripts/bench/boot-course.ts';
import { findClassicScript } from '#scripts/bench/classic-script.ts';

const script = findClassicScript();

// What the benchmark compares with has to work, or every ratio is one against nothing.
test.skipIf(!script)(
  'the classic script comes to the effective configuration of the three layers',
  async () => {
    await using course = await releaseCourse();
    const { properties } = (await script?.run(course)) ?? {};
    expect(Object.keys(properties ?? {})).toHaveLength(50);
    expect(properties).toMatchObject({
      'service.setting4': 'prod 4',
      'service.setting9': 'web 9',
      'service.setting49': 'base 49',
    });
  },
);
