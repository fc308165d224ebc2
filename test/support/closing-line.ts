import type { Reporter, TestCase, TestModule } from 'vitest/node';

/** A busy machine is late for one test or two; what is late for more is slow, or wrong. */
const SECOND_TRIES = 2;

/**
 * Ends every run with the names of the tests that passed at their second try only, which fail the run where they are more
 * than two, the names of the tests that were skipped, for a run that leaves some out must not look as if it had not, and with one plain line that any log reader can count: `N passed, N failed, N skipped`.
 */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const count = { passed: 0, failed: 0, skipped: 0 };
    const skipped: string[] = [];
    const late: string[] = [];
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const state = test.result().state;
        if (state === 'passed' || state === 'failed' || state === 'skipped') count[state] += 1;
        if (state === 'skipped') skipped.push(`skipped: ${module.relativeModuleId}: ${nameOf(test)}`);
        if (test.diagnostic()?.flaky === true) {
          const cause = test.result().errors?.[0]?.message.split('\n')[0];
          late.push(`second try: ${module.relativeModuleId}: ${test.fullName} (${cause})`);
        }
      }
      if (module.state() === 'failed' && module.children.size === 0) count.failed += 1;
    }
    if (late.length > SECOND_TRIES) {
      late.push(`${late.length} tests needed a second try: no more than ${SECOND_TRIES} may`);
      process.exitCode = 1;
    }
    const names = [...late, ...skipped].map((line) => `${line}\n`).join('');
    process.stdout.write(
      `\n${names}${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped\n`,
    );
  }
}

function nameOf(test: TestCase): string {
  const result = test.result();
  const note = result.state === 'skipped' && result.note !== undefined ? ` (${result.note})` : '';
  return test.fullName + note;
}
