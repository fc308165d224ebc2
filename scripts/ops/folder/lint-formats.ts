import { posix } from 'node:path';
import { VERSION } from '#agent/version.ts';
import { FAULTS, type Problem } from '#kit/errors.ts';

/** What lint found, for a pipeline to show at the line. */
export interface LintFindings {
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/** SARIF 2.1.0, as code scanning services read it; `dir` is put before each path, so that they find it from the root. */
export function printLintSarif({ problems, warnings }: LintFindings, dir: string): string {
  const all = [
    ...problems.map((problem) => ({ problem, level: 'error' })),
    ...warnings.map((problem) => ({ problem, level: 'warning' })),
  ];
  const codes = [...new Set(all.map(({ problem }) => problem.code))].toSorted();
  const rules = codes.map((id) => ({ id, shortDescription: { text: FAULTS[id].title } }));
  const results = all.map(({ problem, level }) => ({
    ruleId: problem.code,
    ruleIndex: codes.indexOf(problem.code),
    level,
    message: { text: problem.message },
    locations: [{ physicalLocation: locationOf(problem, dir) }],
  }));
  const driver = { name: 'landfall-ops lint', version: VERSION, semanticVersion: VERSION, rules };
  const run = { tool: { driver }, columnKind: 'unicodeCodePoints', results };
  const $schema = 'https://json.schemastore.org/sarif-2.1.0.json';
  return `${JSON.stringify({ $schema, version: '2.1.0', runs: [run] })}\n`;
}

/** What has no file is the folder's. */
function locationOf({ file, line, column }: Problem, dir: string): object {
  const path = file === undefined ? dir : posix.join(dir, file);
  const escaped = path.split('/').map(encodeURIComponent).join('/');
  const uri = posix.isAbsolute(path) ? `file://${escaped}` : escaped;
  const region =
    line === undefined ? {} : { region: { startLine: line, ...(column ? { startColumn: column } : {}) } };
  return { artifactLocation: { uri }, ...region };
}

/** JUnit XML as CI servers read it: a case for each file with a problem, warnings as its output; one that passed when all is well. */
export function printLintJunit({ problems, warnings }: LintFindings, dir: string): string {
  const files = [...new Set([...problems, ...warnings].map(({ file }) => file ?? ''))].toSorted();
  const cases = files.map((file) => {
    const of = (list: readonly Problem[]) => list.filter((problem) => (problem.file ?? '') === file);
    const failures = of(problems).map(
      (problem) => `<failure type="${problem.code}" message="${escape(placed(problem))}"/>`,
    );
    const said = of(warnings).map((problem) => escape(`${placed(problem)} ${problem.code}`));
    const output = said.length === 0 ? '' : `<system-out>${said.join('\n')}</system-out>`;
    return `<testcase classname="lint" name="${escape(file || dir)}">${failures.join('')}${output}</testcase>`;
  });
  if (cases.length === 0) cases.push(`<testcase classname="lint" name="${escape(dir)}"/>`);
  const failed = new Set(problems.map(({ file }) => file ?? '')).size;
  return (
    '<?xml version="1.0" encoding="UTF-8"?>\n' +
    `<testsuite name="landfall-ops lint" tests="${cases.length}" failures="${failed}">\n${cases.join('\n')}\n</testsuite>\n`
  );
}

function placed({ line, column, message }: Problem): string {
  const place = [line, column].filter((part) => part !== undefined).join(':');
  return place === '' ? message : `${place}: ${message}`;
}

/** XML 1.0 has no control characters, not even escaped. */
function escape(text: string): string {
  return (
    text
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
      // oxlint-disable-next-line no-control-regex -- control characters are exactly what is looked for
      .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\uFFFE\uFFFF]/g, '?')
  );
}
