import { globSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { shownIn, type Shown } from '../support/shown-output.ts';

/** Which test has the examples of a page printed, and compares. It reads the page itself, and demands the ones it knows. */
interface Printer {
  readonly page: string;
  /** Of commands; undefined: of all on the page. */
  readonly of?: RegExp;
  readonly test: string;
}

const PRINTERS: readonly Printer[] = [
  { page: 'README.md', of: /^landfall /, test: 'test/e2e/shown-pages.test.ts' },
  { page: 'README.md', of: /^npm run demo$/, test: 'test/e2e/demo.test.ts' },
  { page: 'docs/alarms.md', test: 'test/ops/alarms.test.ts' },
  { page: 'docs/convert.md', test: 'test/convert/convert.test.ts' },
  ...['awslogs', 'chef-attributes', 'cfn-init', 'cloudwatch-agent', 'confd', 'consul-template'].map(
    (name) => ({
      page: `docs/moving/${name}.md`,
      test: 'test/convert/convert.test.ts',
    }),
  ),
  { page: 'docs/doctor.md', of: /^landfall doctor$/, test: 'test/e2e/shown-pages.test.ts' },
  { page: 'docs/hosts.md', test: 'test/daemon/host-names.test.ts' },
  { page: 'docs/fleet.md', test: 'test/ops/fleet.test.ts' },
  { page: 'docs/leaks.md', test: 'test/e2e/leaks.test.ts' },
  { page: 'docs/operating.md', of: /^landfall status --boot$/, test: 'test/e2e/shown-pages.test.ts' },
  { page: 'docs/metrics.md', of: /^landfall metrics status$/, test: 'test/e2e/shown-pages.test.ts' },
  { page: 'docs/peers.md', test: 'test/daemon/peers.test.ts' },
  { page: 'docs/policy.md', test: 'test/ops/policy/policy.test.ts' },
  { page: 'docs/quickstart.md', test: 'test/e2e/typed-pages.test.ts' },
  { page: 'docs/releases.md', of: / examples\/payroll( |$)/, test: 'test/docs/examples.test.ts' },
  { page: 'docs/releases.md', of: /^(?!.* examples\/payroll)/, test: 'test/docs/releases-page.test.ts' },
  { page: 'docs/sandbox.md', of: /^landfall-ops sandbox /, test: 'test/docs/examples.test.ts' },
  { page: 'docs/scan.md', test: 'test/docs/examples.test.ts' },
  { page: 'docs/migration.md', test: 'test/e2e/cutover.test.ts' },
  { page: 'docs/stores.md', test: 'test/daemon/stores-example.test.ts' },
  { page: 'docs/swap.md', test: 'test/e2e/swap-docs.test.ts' },
];

const PAGES = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', ...globSync('docs/**/*.md')].toSorted();

function unprinted(shown: readonly Shown[]): readonly string[] {
  return shown
    .filter(({ lines }) => lines.length > 0)
    .filter(
      ({ page, command }) =>
        !PRINTERS.some((printer) => printer.page === page && (printer.of ?? /^/).test(command)),
    )
    .map(({ page, command }) => `${page}: ${command}`);
}

it('every example output of a page is printed by a test', () => {
  const shown = PAGES.flatMap((page) => shownIn(page, readFileSync(page, 'utf8')));
  expect(shown.length).toBeGreaterThan(25);
  expect(unprinted(shown)).toEqual([]);
});

it.each([
  ['    $ landfall status\n    ready\n', ['CONTRIBUTING.md: landfall status']],
  ['```\n$ landfall status --json   # all of it\n\n{}\n```\n', ['CONTRIBUTING.md: landfall status --json']],
  [
    '```\n$ landfall-ops publish A \\\n    --yes\ndone\n```\n',
    ['CONTRIBUTING.md: landfall-ops publish A --yes'],
  ],
  ['    $ landfall status\n\nIt prints what it knows.\n', []],
])('one that no test prints is found: %j', (text, found) => {
  expect(unprinted(shownIn('CONTRIBUTING.md', text))).toEqual(found);
});

it('a page that has only some of its examples printed is found', () => {
  expect(unprinted(shownIn('docs/doctor.md', '    $ landfall doctor --json\n    {}\n'))).toHaveLength(1);
});

it.each(PRINTERS)('$test compares what $page shows', ({ page, test }) => {
  const text = readFileSync(test, 'utf8');
  expect(text).toContain(`'${page}'`);
  expect(text).toMatch(/isPrinted\(|expect\(examples\)\.toEqual\(shown\)/);
});
