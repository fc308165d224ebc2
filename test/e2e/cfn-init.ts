import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Finished } from '../../scripts/sandbox/programs/agent-process.ts';
import { tarOf } from '../support/archives.ts';
import { newBase } from './citizen.ts';
import { Machine } from './example-machine.ts';
import { Payroll, REGION } from './payroll.ts';

/** An `AWS::CloudFormation::Init` document; `ARCHIVE` in it is where each of the two finds the archive. */
export type Document = Readonly<Record<string, unknown>>;

export interface Ended {
  /** Each document, by its exit code. */
  readonly wentWell: readonly boolean[];
  readonly said: string;
  /** What the document made of the machine. */
  readonly tree: ReadonlyMap<string, string>;
}

export interface Start {
  /** Shell lines that make what is on the machine before. */
  readonly before?: string;
  readonly configSets?: readonly string[];
  readonly archive?: Uint8Array;
}

/** AWS's cfn-init on a machine of its own, one document after the other; it has no network, so it asks nobody anything. */
export function cfnInit(folder: string, documents: readonly Document[], start: Start = {}): Ended {
  using machine = new Machine([]);
  prepare(machine, start);
  const own = mkdtempSync(join(tmpdir(), 'landfall-cfn-init-'));
  try {
    writeFileSync(join(own, 'archive'), start.archive ?? tarOf({}));
    const sets = start.configSets === undefined ? [] : ['-c', start.configSets.join(',')];
    const argv = [join(folder, 'python'), join(folder, 'bin', 'cfn-init'), ...sets, join(own, 'init.json')];
    const [unshare = '', ...wrapper] = machine.wrapper;
    const ends = documents.map((document) => {
      const text = JSON.stringify({ 'AWS::CloudFormation::Init': document });
      writeFileSync(join(own, 'init.json'), text.replaceAll('ARCHIVE', join(own, 'archive')));
      return spawnSync(unshare, ['--net', ...wrapper, ...argv], {
        env: { PATH, HOME: '/root', PYTHONPATH: folder, PYTHONDONTWRITEBYTECODE: '1', LANG: 'C.UTF-8' },
        encoding: 'utf8',
      });
    });
    const log = machine.has('/var/log/cfn-init.log') ? machine.read('/var/log/cfn-init.log') : '';
    return { wentWell: ends.map(({ status }) => status === 0), said: log, tree: ownTree(machine) };
  } finally {
    rmSync(own, { recursive: true, force: true });
  }
}

/** Landfall, on such a machine. */
export async function landfallInit(documents: readonly Document[], start: Start = {}): Promise<Ended> {
  using machine = new Machine([]);
  prepare(machine, start);
  const base = newBase();
  try {
    const sets = start.configSets === undefined ? '' : `, configSets: ${JSON.stringify(start.configSets)}`;
    const plan = `init:\n  web: { document: init.json${sets} }\n`;
    await using payroll = await Payroll.open({
      files: { 'base/app.properties': 'a=1\n', 'base/plan.yaml': plan },
    });
    payroll.put('archive', start.archive ?? tarOf({}));
    const ends: Finished[] = [];
    for (const document of documents) {
      const text = JSON.stringify(document);
      payroll.put('base/init.json', text.replaceAll('ARCHIVE', `s3://acme-config-${REGION}/payroll/archive`));
      ends.push(await payroll.finish({ base, wrapper: machine.wrapper }));
    }
    const said = ends.map(({ stderr }) => stderr).join('');
    return { wentWell: ends.map(({ code }) => code === 0), said, tree: ownTree(machine) };
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
}

const PATH = '/usr/sbin:/usr/bin:/sbin:/bin';

function prepare(machine: Machine, { before }: Start): void {
  if (before === undefined) return;
  const [unshare = '', ...wrapper] = machine.wrapper;
  const { status, stderr } = spawnSync(unshare, [...wrapper, 'sh', '-euc', before], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the machine could not be prepared: ${stderr}`);
}

/** Records of either tool, what cfn-init moved aside, and what passwd(5) keeps as copies: nothing that was asked for. */
const RECORDS = [/^\/var\/lib\/cfn-init|^\/var\/log\/cfn-|\.bak$/, /landfall-registers/, /^\/etc\/\w+-$/];

function ownTree(machine: Machine): ReadonlyMap<string, string> {
  return new Map([...machine.tree].filter(([path]) => !RECORDS.some((record) => record.test(path))));
}
