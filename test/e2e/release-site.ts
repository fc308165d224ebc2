import { onTestFinished } from 'vitest';
import { Operator, type OperatorRan } from './operator.ts';
import { Payroll, REGION, SOURCE } from './payroll.ts';

/** How commands about the releases of `releaseSite` name them. */
export const HERE = ['--to', SOURCE, '--region', REGION];

/** Somebody who publishes one version after the other, and the instances that follow. */
export interface ReleaseSite {
  readonly payroll: Payroll;
  readonly operator: Operator;
  readonly publish: (version: string, ...more: readonly string[]) => Promise<OperatorRan>;
}

/** Until the test is over. @param more files that a version has beside its property. */
export async function releaseSite(
  more: (version: string, operator: Operator) => Readonly<Record<string, string>> = () => ({}),
): Promise<ReleaseSite> {
  const payroll = await Payroll.open({ files: {} });
  const operator = new Operator(payroll.sandbox.url);
  onTestFinished(async () => {
    await payroll[Symbol.asyncDispose]();
    operator[Symbol.dispose]();
  });
  return {
    payroll,
    operator,
    publish: (version, ...options) => {
      operator.write({ 'base/app.properties': `version=${version}\n`, ...more(version, operator) });
      const args = ['--to', SOURCE, '--regions', REGION, '--yes', ...options];
      return operator.run('publish', operator.config, ...args);
    },
  };
}
