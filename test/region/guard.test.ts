import { describe, expect, test } from 'vitest';
import { judge, type AllowEntry } from '../../config-service/region/guard.ts';

const HOME = 'eu-west-1';

function judged(value: string, allow: readonly AllowEntry[] = []) {
  return judge({ region: HOME, values: [{ key: 'app.url', value }], allow });
}

function judgeKey(key: string, value: string, allow: readonly AllowEntry[]) {
  return judge({ region: HOME, values: [{ key, value }], allow });
}

describe('the guard', () => {
  test('names key, layer, file, line and region of what is foreign, and what to write instead', () => {
    const value = {
      key: 'db.url',
      value: 'postgres://u:secret@orders.c9ak.us-east-1.rds.amazonaws.com:5432/app',
      layer: 'base',
      file: 'app.properties',
      line: 7,
    };
    expect(judge({ region: HOME, values: [value], allow: [] })).toEqual({
      findings: [
        {
          key: 'db.url',
          layer: 'base',
          file: 'app.properties',
          line: 7,
          region: 'us-east-1',
          kind: 'host',
          severity: 'error',
          text: 'orders.c9ak.us-east-1.rds.amazonaws.com',
          suggestion: undefined,
        },
      ],
      shown: [],
      allowed: [],
      unusedAllow: [],
    });
  });

  test.each([
    'https://sqs.eu-west-1.amazonaws.com/q',
    'https://s3.amazonaws.com/b',
    'iam.amazonaws.com',
    'plain',
    '',
  ])('passes what is at home, global or no endpoint: %s', (value) => {
    expect(judged(value).findings).toEqual([]);
  });

  test.each([
    'acme-artifacts-us-east-1',
    'db-use1.example.internal',
    'ami-0abcdef1234567890',
    '/srv/us-east-1/x',
  ])('never refuses a hint: %s', (value) => {
    expect(judged(value).findings).toEqual([]);
  });

  test('refuses a region that this build does not know, unless the instance runs in it', () => {
    const value = 'https://sqs.us-north-7.amazonaws.com';
    expect(judged(value).findings).toMatchObject([{ region: 'us-north-7', kind: 'unknown-region' }]);
    expect(judge({ region: 'us-north-7', values: [{ key: 'k', value }], allow: [] }).findings).toEqual([]);
  });

  test.each([
    ['us-east-1a', '${@zone}'],
    ['us-east-1', '${@region}'],
    ['arn:aws:sqs:us-east-1:123456789012:q', 'arn:aws:sqs:${@region}:123456789012:q'],
    ['arn:aws-cn:sqs:cn-north-1:1:q', 'arn:${@partition}:sqs:${@region}:1:q'],
    ['sqs.cn-north-1.amazonaws.com.cn', 'sqs.${@region}.${@dnsSuffix}'],
    ['https://sqs.us-east-1.amazonaws.com/123456789012/q', 'sqs.${@region}.amazonaws.com'],
    ['ec2.internal', undefined],
    ['db.c9akciq32abc.us-east-1.rds.amazonaws.com', undefined],
    ['arn:aws:kms:us-east-1:123456789012:key/12345678-1234-1234-1234-123456789012', undefined],
    ['acme-us-east-1.s3.us-east-1.amazonaws.com', undefined],
    ['use1-az1', undefined],
  ])('suggests for %s the fact that stands for it', (value, suggestion) => {
    expect(judged(value).findings.map((finding) => finding.suggestion)).toEqual([suggestion]);
  });

  test('shows what hints at another region, and proposes no name that somebody would have to have', () => {
    expect(judged('acme-artifacts-us-east-1').shown).toMatchObject([
      {
        key: 'app.url',
        region: 'us-east-1',
        kind: 'hint:bucket-name',
        severity: 'info',
        suggestion: undefined,
      },
    ]);
    expect(judged('acme-artifacts-eu-west-1').shown).toEqual([]);
    expect(judged('ami-0abcdef1234567890').shown).toEqual([]);
  });

  test('shows an address of unknown region, and refuses it where the policy says so', () => {
    const values = [{ key: 'db.host', value: '52.94.133.131' }];
    const input = { region: HOME, values, allow: [] };
    const unknown = { key: 'db.host', region: 'unknown', kind: 'region-unknown:public-address' };
    expect(judge(input)).toMatchObject({ findings: [], shown: [unknown] });
    const strict = judge({ ...input, policy: { unknown: 'refuse', hints: 'show' } });
    expect(strict).toMatchObject({ findings: [unknown], shown: [] });
  });

  test('refuses hints where the policy says so, and only those', () => {
    const values = [
      { key: 'bucket', value: 'acme-us-east-1' },
      { key: 'host', value: '52.94.133.131' },
    ];
    const { findings, shown } = judge({
      region: HOME,
      values,
      allow: [],
      policy: { unknown: 'warn', hints: 'refuse' },
    });
    expect([findings.map(({ key }) => key), shown.map(({ key }) => key)]).toEqual([['bucket'], ['host']]);
  });

  test('knows an address by a table: foreign like any other host, at home, or nobody’s', () => {
    const regionOf = (address: string) => ({ '52.1.1.1': 'us-east-1', '52.2.2.2': HOME })[address] ?? null;
    const values = ['52.1.1.1', '52.2.2.2', '52.3.3.3'].map((value) => ({ key: 'h', value }));
    expect(judge({ region: HOME, values, allow: [], regionOf })).toMatchObject({
      findings: [{ region: 'us-east-1', kind: 'public-address', text: '52.1.1.1' }],
      shown: [],
    });
  });

  test('repeats nothing of a secret address or hint', () => {
    const values = [{ key: 'k', value: '52.94.133.131 acme-us-east-1', secret: true }];
    const judgement = judge({ region: HOME, values, allow: [] });
    expect(judgement.shown.map(({ text }) => text)).toEqual(['[redacted]', '[redacted]']);
    expect(JSON.stringify(judgement)).not.toMatch(/52\.94|acme/);
  });

  test('repeats nothing of a secret', () => {
    const values = [{ key: 'k', value: 'hunter2.us-east-1.rds.amazonaws.com', secret: true }];
    const judgement = judge({ region: HOME, values, allow: [] });
    expect(judgement.findings).toMatchObject([{ region: 'us-east-1', text: '[redacted]' }]);
    expect(JSON.stringify(judgement)).not.toContain('hunter2');
  });

  test('repeats nothing of a secret, not even a region that only the secret names', () => {
    const values = [{ key: 'k', value: 'db.mx-north-7.rds.amazonaws.com', secret: true }];
    const { findings } = judge({ region: 'eu-west-1', values, allow: [] });
    expect(findings).toMatchObject([{ region: 'an unknown region', text: '[redacted]' }]);
  });

  test('repeats at most a line of a long value, and the name is in it', () => {
    const [finding] = judged(
      `${'a'.repeat(5000)}.us-east-1.rds.amazonaws.com${'.b'.repeat(50)}.amazonaws.com`,
    ).findings;
    expect(finding?.text.length).toBeLessThanOrEqual(120);
    expect(finding?.text).toContain('us-east-1');
  });
});

describe('allow entries', () => {
  test('excuse what is of unknown region, and hints', () => {
    const unknown = { key: 'db.*', region: 'unknown', reason: 'the only one there is' };
    const hint = { key: 'bucket', region: 'us-east-1', reason: 'all regions read it' };
    const values = [
      { key: 'db.host', value: '52.94.133.131' },
      { key: 'bucket', value: 'acme-us-east-1' },
    ];
    const policy = { unknown: 'refuse', hints: 'refuse' } as const;
    const judgement = judge({ region: HOME, values, allow: [unknown, hint], policy });
    expect(judgement).toMatchObject({ findings: [], shown: [], unusedAllow: [] });
    expect(judgement.allowed.map(({ by }) => by)).toEqual([unknown, hint]);
    const other = judge({ region: HOME, values, allow: [{ ...hint, key: 'db.host' }], policy });
    expect(other.findings).toHaveLength(2);
  });

  test('of an address are not stale because a table knows it today', () => {
    const unknown = { key: 'db.host', region: 'unknown', reason: 'no table everywhere' };
    const input = { region: HOME, values: [{ key: 'db.host', value: '52.2.2.2' }], allow: [unknown] };
    expect(judge({ ...input, regionOf: () => HOME }).unusedAllow).toEqual([]);
    expect(judge({ ...input, values: [] }).unusedAllow).toEqual([unknown]);
  });

  const billing: AllowEntry = {
    key: 'billing.export.*',
    region: 'us-east-1',
    reason: 'billing data exists only there',
  };
  test('excuse their keys for their region, and say so', () => {
    const { findings, allowed, unusedAllow } = judgeKey('billing.export.url', 'sqs.us-east-1.amazonaws.com', [
      billing,
    ]);
    expect(findings).toEqual([]);
    expect(allowed).toMatchObject([
      { by: billing, finding: { key: 'billing.export.url', region: 'us-east-1' } },
    ]);
    expect(unusedAllow).toEqual([]);
  });

  test.each([
    ['another region', 'billing.export.url', 'sqs.us-west-2.amazonaws.com'],
    ['another key', 'billing.import.url', 'sqs.us-east-1.amazonaws.com'],
    ['a key that only begins alike', 'billing.export', 'sqs.us-east-1.amazonaws.com'],
  ])('excuse nothing for %s, and are reported as unused', (_name, key, value) => {
    const { findings, unusedAllow } = judgeKey(key, value, [billing]);
    expect(findings).toHaveLength(1);
    expect(unusedAllow).toEqual([billing]);
  });

  test('excuse one region of a value and not the other', () => {
    const { findings, allowed } = judgeKey('billing.export.regions', 'us-east-1,us-west-2', [billing]);
    expect(findings.map((finding) => finding.region)).toEqual(['us-west-2']);
    expect(allowed.map(({ finding }) => finding.region)).toEqual(['us-east-1']);
  });
});
