import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildGeneration, LENIENT, type Built } from '#config-service';
import { startSandbox, type Sandbox } from '../../scripts/sandbox/sandbox.ts';
import { layerOf, payrollFacts } from '../support/layer-generator.ts';
import { PIN } from '../support/pinned.ts';
import { secretsAt } from '../support/reading-secrets.ts';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ account: PIN.account });
});
afterAll(() => sandbox.close());

/** What becomes of one file of properties on an instance that can read secrets. */
async function build(text: string): Promise<Built> {
  const { secrets } = secretsAt(sandbox);
  const layers = [layerOf('base', { 'app.properties': text })];
  const outcome = await secrets.settle(
    (external) =>
      buildGeneration(
        {
          number: 1,
          fetched: { layers, release: null, layout: 'tree', etags: new Map(), warnings: [] } as never,
          facts: payrollFacts,
          skipped: [],
          overrides: [],
          external,
          activatedAt: 0,
        },
        {
          guard: 'enforce',
          readPlan: (properties) => {
            return {
              require: [],
              allow: [],
              strictness: LENIENT,
              problems: [],
              warnings: [],
              values: [],
              properties,
            };
          },
          maxShrink: 1,
        },
        undefined,
      ),
    new AbortController().signal,
  );
  await secrets.close();
  if (outcome.kind !== 'ok') throw new Error(outcome.fault.cause);
  return outcome.value;
}

describe('a generation with secrets', () => {
  it('has their values, and another digest when one changes', async () => {
    sandbox.parameters.put(PIN.region, '/pw', 'one');
    const first = await build('url=pg://u:${@ssm:/pw}@h');
    expect(first.kind === 'accepted' && first.generation.effective.get('url')?.value).toBe('pg://u:one@h');
    expect((await build('url=pg://u:${@ssm:/pw}@h')).digest).toBe(first.digest);
    sandbox.parameters.put(PIN.region, '/pw', 'two');
    expect((await build('url=pg://u:${@ssm:/pw}@h')).digest).not.toBe(first.digest);
  });

  it('is refused when a secret names another region, without a word of it', async () => {
    sandbox.parameters.put(PIN.region, '/host', 'hush.us-east-1.rds.amazonaws.com');
    const built = await build('host=${@ssm:/host}\nurl=pg://${host}/x');
    expect(built).toMatchObject({ kind: 'refused', fault: { code: 'LF_REGION_FOREIGN' } });
    expect(JSON.stringify(built)).toContain('host names us-east-1: [redacted]');
    expect(JSON.stringify(built)).not.toContain('hush');
  });

  it('is refused with the place of a reference that cannot be had', async () => {
    sandbox.parameters.denied.add('/shut');
    expect(await build('a=1\nb=${@ssm:/shut:default}')).toMatchObject({
      kind: 'refused',
      fault: {
        code: 'LF_SECRET_DENIED',
        hint: expect.stringContaining('where the secret is kept'),
        problems: [
          { file: 'base/app.properties', line: 2, message: expect.stringContaining('ssm:GetParameters on') },
        ],
      },
    });
  });
});
