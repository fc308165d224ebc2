import { afterAll, describe, expect, it } from 'vitest';
import { MutantTree, type Mutant } from '../support/mutants.ts';

/**
 * Whatever the guard looks at, a test goes red when it looks away: on a copy of the sources with one mechanism switched off,
 * the tests named beside it.
 */
interface Switched extends Mutant {
  readonly tests: string;
}

const REGION = 'config-service/region';
const CORPUS = 'test/region/corpus.test.ts';

const MUTANTS: readonly Switched[] = [
  {
    breaks: 'values are not judged',
    file: 'config-service/judged-properties.ts',
    from: 'return [...values, ...keys];',
    to: 'return values.length < 0 ? values : keys;',
    tests: 'test/region/judged-properties.test.ts',
  },
  {
    breaks: 'keys are not judged',
    file: 'config-service/judged-properties.ts',
    from: 'return [...values, ...keys];',
    to: 'return keys.length < 0 ? keys : values;',
    tests: 'test/region/judged-properties.test.ts',
  },
  {
    breaks: 'rendered files are not judged',
    file: 'agent/apply/content-guard.ts',
    from: 'const sighted = targets.map((target) => guard.judge(linesOf(target)));',
    to: 'const sighted = targets.map((target) => guard.judge(linesOf(target).slice(0, 0)));',
    tests: 'test/apply/content-guard.test.ts',
  },
  {
    breaks: 'a file that may be executed is no script',
    file: 'agent/apply/content-guard.ts',
    from: '& ANY_MAY_RUN) === 0 ?',
    to: '& ANY_MAY_RUN) >= 0 ?',
    tests: 'test/apply/content-guard.test.ts',
  },
  {
    breaks: 'a command of the plan is a value like others',
    file: 'agent/plan/plan-values.ts',
    from: "? 'value' : 'command';",
    to: "? 'value' : 'value';",
    tests: 'test/plan/values.test.ts',
  },
  {
    breaks: 'a command may be a sentence',
    file: `${REGION}/prose.ts`,
    from: "if (role === 'command' || role === 'key') return false;",
    to: "if (role === 'key') return false;",
    tests: 'test/region/text-role.test.ts',
  },
  {
    breaks: 'scripts are not judged',
    file: 'agent/plan/plan-values.ts',
    from: "if (value !== '') yield { key: path",
    to: "if (value === '') yield { key: path",
    tests: 'test/plan/values.test.ts',
  },
  {
    breaks: 'a script may hold sentences outside of its comments',
    file: `${REGION}/prose.ts`,
    from: "if (role === 'script') return UNIT_TEXT.test(before) && isSaying(before, after);",
    to: '',
    tests: 'test/region/text-role.test.ts',
  },
  {
    breaks: 'what a key shows to people may be a command',
    file: `${REGION}/sentence.ts`,
    from: 'if (isCommandLine(`${said}_${after}`)) return false;',
    to: '',
    tests: CORPUS,
  },
  {
    breaks: 'base64 within base64 is not seen',
    file: `${REGION}/base64-run.ts`,
    from: '...[...PHASE_ONCE.keys()].flatMap(inBase64),',
    to: '',
    tests: CORPUS,
  },
  {
    breaks: 'what sed puts in is a path',
    file: `${REGION}/place.ts`,
    from: "if (isPutIn(text, name)) return verdict('warning', 'config-region');",
    to: '',
    tests: CORPUS,
  },
  {
    breaks: 'a file of cron is any file',
    file: `${REGION}/text-role.ts`,
    from: 'CRON_FOLDER.test(path) || ',
    to: '',
    tests: 'test/region/text-role.test.ts',
  },
  {
    breaks: 'a line of cron may be a sentence',
    file: `${REGION}/command-line.ts`,
    from: 'return CRON.test(line);',
    to: 'return CRON.test(line.slice(0, 0));',
    tests: 'test/region/text-role.test.ts',
  },
  {
    breaks: 'a unit is any file',
    file: `${REGION}/text-role.ts`,
    from: 'UNIT.test(path) || ',
    to: '',
    tests: 'test/region/text-role.test.ts',
  },
  {
    breaks: 'documents of init are not judged',
    file: 'agent/apply/init/guarded.ts',
    from: 'const { findings } = guard.judge(documents.flatMap(guardedValues));',
    to: 'const { findings } = guard.judge(documents.slice(0, 0).flatMap(guardedValues));',
    tests: 'test/apply/init/document.test.ts test/apply/init/files.test.ts test/apply/init/commands.test.ts',
  },
  {
    breaks: 'bytes that are no UTF-8 are skipped',
    file: `${REGION}/text-of-bytes.ts`,
    from: 'return latin1(bytes);',
    to: 'return latin1(bytes.subarray(0, 0));',
    tests: 'test/region/text-of-bytes.test.ts',
  },
  {
    breaks: 'UTF-16 is not known by its mark',
    file: `${REGION}/text-of-bytes.ts`,
    from: "if (a === 0xff && b === 0xfe) return 'utf-16le';",
    to: '',
    tests: 'test/region/text-of-bytes.test.ts',
  },
  {
    breaks: 'UTF-16 without a mark is not known',
    file: `${REGION}/text-of-bytes.ts`,
    from: "if (odd > pairs * MOSTLY && even < pairs * HARDLY) return 'utf-16le';",
    to: '',
    tests: 'test/region/text-of-bytes.test.ts',
  },
  {
    breaks: 'base64 is not decoded',
    file: `${REGION}/detector.ts`,
    from: 'if (depth === DEEPEST) return;',
    to: 'if (depth <= DEEPEST) return;',
    tests: CORPUS,
  },
  {
    breaks: 'base64 within base64 is not decoded',
    file: `${REGION}/detector.ts`,
    from: 'const DEEPEST = 2;',
    to: 'const DEEPEST = 1;',
    tests: `${CORPUS} test/region/detector.test.ts`,
  },
  {
    breaks: 'percent signs and escapes hide a name',
    file: `${REGION}/detector.ts`,
    from: 'findInPlain(view.text, role)',
    to: 'findInPlain(source.slice(window.start, window.end), role)',
    tests: `${CORPUS} test/region/detector.test.ts`,
  },
  {
    breaks: 'full width and soft hyphens hide a name',
    file: `${REGION}/detector.ts`,
    from: 'const folded = foldedView(text);',
    to: 'const folded = foldedView(text.slice(0, 0));',
    tests: 'test/region/detector.test.ts',
  },
  {
    breaks: 'a backslash hides a host behind a user',
    file: `${REGION}/address.ts`,
    from: String.raw`,;&|=\\]*@)?(`,
    to: String.raw`,;&|=]*@)?(`,
    tests: 'test/region/detector.test.ts',
  },
  {
    breaks: 'what stands behind the host of a URL counts for nothing',
    file: `${REGION}/place.ts`,
    from: "if (address.part !== 'host') return judgeBehindHost(place, address);",
    to: "if (address.part !== 'host') return null;",
    tests: CORPUS,
  },
  {
    breaks: 'a parameter of a URL is none',
    file: `${REGION}/place.ts`,
    from: 'return isClosed(place) && /[=&:@+?#]$/.test(before);',
    to: 'return isClosed(place) && /[&]$/.test(before);',
    tests: CORPUS,
  },
  {
    breaks: 'the authority of a DSN is not looked at',
    file: `${REGION}/place.ts`,
    from: 'if (isWholeAuthority(place, address))',
    to: 'if (isWholeAuthority(place, address) && address.scheme === undefined)',
    tests: CORPUS,
  },
  {
    breaks: 'an ARN reaches to the end of the line',
    file: `${REGION}/arn.ts`,
    from: String.raw`const REST = /[^\s"'` + '`' + String.raw`,;<>|)&?#]{0,1024}/y;`,
    to: String.raw`const REST = /[^\n]{0,1024}/y;`,
    tests: CORPUS,
  },
  {
    breaks: 'the region of an ARN is not read',
    file: `${REGION}/arn.ts`,
    from: "return name.known ? verdict('error', 'arn')",
    to: "return name.known ? verdict('info', 'arn')",
    tests: CORPUS,
  },
  {
    breaks: 'a name like that of a global service excuses a host',
    file: `${REGION}/global-services.ts`,
    from: 'return suffix === `${region}.${facts.dnsSuffix}`',
    to: 'return suffix?.endsWith(`${region}.${facts.dnsSuffix}`) === true',
    tests: CORPUS,
  },
  {
    breaks: 'the global plane is global in every region',
    file: `${REGION}/global-services.ts`,
    from: '!HOMES[partition]?.includes(region)',
    to: '!HOMES[partition]',
    tests: `${CORPUS} test/region/detector.test.ts`,
  },
  {
    breaks: 'areas that no partition lists are no regions',
    file: `${REGION}/partitions.ts`,
    from: 'PARTITION_TABLE.find(({ id }) => id === newArea)',
    to: 'PARTITION_TABLE.find(({ id }) => id === `no ${newArea}`)',
    tests: 'test/region/partitions.test.ts',
  },
  {
    breaks: 'a host in an unknown region counts for nothing',
    file: `${REGION}/host.ts`,
    from: "isCertain(run, name, label) ? verdict('warning', 'unknown-region') : null",
    to: 'null',
    tests: CORPUS,
  },
  {
    breaks: 'a setting of an unknown region is a word',
    file: `${REGION}/unknown-region.ts`,
    from: 'return key !== undefined && ABOUT_REGION.test(key)',
    to: 'return key === undefined && ABOUT_REGION.test(before)',
    tests: CORPUS,
  },
  {
    breaks: 'S3 without a region passes in silence',
    file: `${REGION}/regionless-host.ts`,
    from: 'yield* globalS3Hosts(text);',
    to: '',
    tests: 'test/region/detector.test.ts',
  },
  {
    breaks: 'a public address passes in silence',
    file: `${REGION}/public-address.ts`,
    from: '} else if (isLikelyAws(address)) {',
    to: '} else if (address === "") {',
    tests: 'test/region/public-address.test.ts',
  },
  {
    breaks: 'guard.unknown: refuse refuses nothing',
    file: `${REGION}/guard.ts`,
    from: "if (severity === 'unknown') return policy.unknown === 'refuse';",
    to: "if (severity === 'unknown') return false;",
    tests: 'test/region/guard.test.ts',
  },
  {
    breaks: 'guard.hints: refuse refuses nothing',
    file: `${REGION}/guard.ts`,
    from: "return severity !== 'info' || policy.hints === 'refuse';",
    to: "return severity !== 'info';",
    tests: 'test/region/guard.test.ts',
  },
  {
    breaks: 'hints do not show',
    file: `${REGION}/guard.ts`,
    from: "if (severity === 'info' && one.region === null) continue;",
    to: "if (severity === 'info') continue;",
    tests: 'test/region/guard.test.ts',
  },
  {
    breaks: 'a host is proposed that cannot exist',
    file: `${REGION}/guard.ts`,
    from: 'if (fact === undefined || isOfThatRegion(value, found, region))',
    to: 'if (fact === undefined)',
    tests: 'test/region/guard.test.ts test/region/regional-id.test.ts',
  },
];

const TREE = new MutantTree();
afterAll(() => TREE[Symbol.dispose]());

describe('a test goes red when', () => {
  it.each(MUTANTS)('$breaks', { timeout: 120_000 }, async (mutant) => {
    const broken = await TREE.run(mutant, mutant.tests.split(' '));
    expect(broken.output).toContain('FAIL');
    expect(broken.green).toBe(false);
  });
});

it('none does when nothing is broken', { timeout: 60_000 }, async () => {
  expect(await TREE.intact(['test/region/guard.test.ts', 'test/region/regional-id.test.ts'])).toEqual({
    green: true,
    output: '',
  });
});
