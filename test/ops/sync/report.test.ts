import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readSyncConfig } from '#scripts/ops/sync/config-file.ts';
import { createRegionProgress } from '#scripts/ops/sync/region-progress.ts';
import type { JobReport, RegionReport } from '#scripts/ops/sync/region-report.ts';
import { documentOf, exitCodeFor, screenOf } from '#scripts/ops/sync/report.ts';
import { saidFault } from '#scripts/ops/sync/sync-fault.ts';

const TERMINAL = { out: () => {}, err: () => {}, colour: false, errIsTerminal: false, columns: 0 };

type Act = (progress: ReturnType<typeof createRegionProgress>) => void;

function regionAt(name: string, act: Act): RegionReport {
  const progress = createRegionProgress(name, {
    tell: () => {},
    waiting: () => {},
    settled: () => {},
  });
  act(progress);
  return progress.report();
}

const region = (act: Act): RegionReport => regionAt('us-west-1', act);

const job = (name: string, ...regions: RegionReport[]): JobReport => ({
  name,
  type: 'ec2_ami',
  regions,
  errors: [],
});
const created = job(
  'sync_a',
  region((progress) => progress.created('ami-1')),
);
const inSync = job(
  'sync_b',
  region((progress) => progress.found('ami-2', false)),
);
const failed = job(
  'sync_c',
  region((progress) => progress.failed(saidFault('LF_SYNC_REGION', 'No.'), 'sync')),
);
const due = job(
  'sync_d',
  region((progress) => progress.due()),
);
const repair = job(
  'sync_e',
  region((progress) => progress.repaired('a tag on ami-2')),
);

describe('what a sync reports', () => {
  it('has one entry a job, with the names that scripts know', () => {
    expect(documentOf([created, failed], false)).toMatchObject({
      plan: false,
      jobs: [
        {
          name: 'sync_a',
          type: 'ec2_ami',
          completed: true,
          sync_required: true,
          created_resource: 'ami-1',
          errors: [],
          regions: [{ region: 'us-west-1', state: 'created', resource: 'ami-1' }],
        },
        {
          completed: false,
          sync_required: false,
          created_resource: null,
          errors: [{ code: 'LF_SYNC_REGION', message: 'No.' }],
          regions: [{ state: 'failed', resource: null }],
        },
      ],
    });
  });

  it('says what was made before it failed', () => {
    const half = job(
      'sync_f',
      region((progress) => {
        progress.created('ami-3');
        progress.failed(saidFault('LF_SYNC_COPY', 'It failed.'), 'sync');
      }),
    );

    expect(documentOf([half], false)).toMatchObject({
      jobs: [
        { completed: false, sync_required: true, created_resource: 'ami-3', regions: [{ state: 'failed' }] },
      ],
    });
  });

  it.each([
    ['nothing was to do', [inSync], false, 0],
    ['copies were made', [created, inSync], false, 0],
    ['nothing is due', [inSync], true, 0],
    ['a copy is due', [inSync, due], true, 10],
    ['a repair is due', [repair], true, 10],
    ['some jobs failed', [created, failed], false, 11],
    ['some jobs failed in a plan', [due, failed], true, 11],
    ['all jobs failed', [failed], false, 12],
  ])('exits by it: %s', (_, jobs, isPlan, code) => {
    expect(exitCodeFor(jobs, isPlan)).toBe(code);
  });

  it('is a table for people', () => {
    expect(screenOf([created, inSync, failed], false, TERMINAL)).toBe(
      [
        'JOB     TYPE     REGION     STATE    RESOURCE  NOTES',
        'sync_a  ec2_ami  us-west-1  created  ami-1',
        'sync_b  ec2_ami  us-west-1  in-sync  ami-2',
        'sync_c  ec2_ami  us-west-1  failed',
        '',
      ].join('\n'),
    );
  });

  it('looks as docs/sync.md shows it', () => {
    const web = job(
      'sync_my_web_app',
      regionAt('us-west-1', (progress) => {
        progress.created('ami-0d1e5a7c9b3f24680');
        progress.removed('ami-04b8a6c2e0f19d375');
      }),
      regionAt('eu-west-1', (progress) => progress.found('ami-0a9c8e7d6b5f43210', true)),
    );
    const database: JobReport = {
      ...job(
        'sync_my_database',
        regionAt('us-west-1', (progress) => {
          progress.created('rds-mydatabase-2026-11-01-06-10');
          progress.pending(true);
        }),
      ),
      type: 'rds_automated_snapshot',
    };

    const shown = screenOf([web, database], false, TERMINAL)
      .trimEnd()
      .split('\n')
      .map((line) => `    ${line}\n`);
    expect(readFileSync('docs/sync.md', 'utf8')).toContain(shown.join(''));
  });

  it('is explained by an example that is read as it stands', () => {
    const [, example = ''] = /```yaml\n([^`]+)```/.exec(readFileSync('docs/sync.md', 'utf8')) ?? [];

    const { jobs, warnings } = readSyncConfig(example, 'docs/sync.md');
    expect(warnings).toEqual([]);
    expect(jobs.map(({ read }) => Object.keys(read))).toEqual([['job'], ['job']]);
  });
});
