import ajvDraft04 from 'ajv-draft-04';
import formats from 'ajv-formats';
// OASIS's own, which is of JSON Schema's draft 4, as Microsoft's package carries it.
import schema from '@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json' with { type: 'json' };
import { describe, expect, it } from 'vitest';
import { printSarif } from '#agent/scan/report/sarif.ts';
import { scanFiles } from '../support/scanning.ts';

interface Sarif {
  readonly version: string;
  readonly runs: readonly [
    {
      readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string }[] } };
      readonly results: readonly {
        readonly ruleId: string;
        readonly ruleIndex: number;
        readonly level: string;
        readonly partialFingerprints: Readonly<Record<string, string>>;
        readonly locations: readonly [
          { readonly physicalLocation: { readonly artifactLocation: { readonly uri: string } } },
        ];
      }[];
    },
  ];
}

const ajv = new ajvDraft04.default({ strict: false, allErrors: true, unicodeRegExp: false });
formats.default(ajv);
const validate = ajv.compile(schema);

async function sarifOf(files: Readonly<Record<string, string>>): Promise<Sarif> {
  const sarif = JSON.parse(printSarif(await scanFiles(files), '1.2.3')) as Sarif;
  expect(validate(sarif), JSON.stringify(validate.errors)).toBe(true);
  return sarif;
}

describe('SARIF', () => {
  it('is valid, and says what the JSON says', async () => {
    const files = {
      'etc/a b#ü.conf': 'url=https://sqs.us-east-1.amazonaws.com/\nregion=us-east-1\nami-0abcdef1234567890\n',
      'broken.zip': 'PK\u0003\u0004',
    };
    const { findings } = await scanFiles(files);
    const [run] = (await sarifOf(files)).runs;
    expect(run.results.map(({ level }) => level)).toEqual(['error', 'warning', 'note']);
    expect(run.results.map(({ partialFingerprints }) => partialFingerprints['landfall/v1'])).toEqual(
      findings.map(({ fingerprint }) => fingerprint),
    );
    for (const { ruleId, ruleIndex } of run.results)
      expect(run.tool.driver.rules[ruleIndex]?.id).toBe(ruleId);
    expect(run.results[0]?.locations[0].physicalLocation.artifactLocation.uri).toBe(
      './etc/a%20b%23%C3%BC.conf',
    );
  });

  it('is valid for a clean scan', async () => {
    expect((await sarifOf({ a: 'nothing' })).runs[0].results).toEqual([]);
  });

  it('would not be with a level that SARIF does not know: the schema bites', async () => {
    const sarif = await sarifOf({ a: 'region=us-east-1' });
    const [result] = sarif.runs[0].results;
    Object.assign(result ?? {}, { level: 'fatal' });
    expect(validate(sarif)).toBe(false);
  });
});
