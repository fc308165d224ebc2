import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Option, type Command } from 'commander';
import { alignColumns, paint } from '#agent/console/terminal.ts';
import { errnoOrText } from '#kit/errno.ts';
import type { OpsContext } from './console/context.ts';
import { readRegions, usage, valueOf } from './console/options.ts';
import { openSite, type SiteFlags } from './site/open-site.ts';
import type { ReleaseSite } from './site/release-site.ts';
import { ARCHES, readAgentAddress, type Arch } from './userdata/agent-address.ts';
import { packingOf, uploadAgent, type AgentFile, type Uploaded } from './userdata/agent-upload.ts';

interface Flags extends SiteFlags {
  readonly regions: string;
  readonly arch?: Arch;
  readonly json?: boolean;
}

export function addUploadAgentCommand(program: Command, context: OpsContext): void {
  program
    .command('upload-agent')
    .argument('<file>', 'the agent, as `npm run build` made it')
    .description("put the agent into each region's bucket, packed, for user data to fetch")
    .requiredOption('--to <address>', 'where agents lie: s3://bucket-{region}/prefix')
    .requiredOption('--regions <regions>', 'which regions')
    .addOption(new Option('--arch <arch>', 'what it must be built for').choices(ARCHES))
    .option('--owner <account>', 'the account that must own the buckets')
    .option('--json', 'print JSON, errors included')
    .addHelpText(
      'after',
      "\nExample:\n  landfall-ops upload-agent dist/landfall --to 's3://acme-agents-{region}/landfall' \\\n" +
        '    --regions eu-west-1,us-east-1',
    )
    .action(async (file: string, flags: Flags) => {
      const regions = readRegions(flags.regions);
      const agent = await readAgent(file, flags.arch);
      const address = `${flags.to.trim().replace(/\/+$/, '')}@sha256:${agent.digest}`;
      readAgentAddress(address);
      const packing = packingOf(agent);
      const tell = (text: string): void => (flags.json === true ? undefined : context.err(`${text}\n`));
      const uploads: Uploaded[] = [];
      // All are opened before the first is written to. One after the other: an operator's line is the bottleneck, and a failure leaves a clear end.
      const sites: ReleaseSite[] = [];
      for (const region of regions) sites.push(valueOf(await openSite(region, flags, context)));
      for (const site of sites) {
        uploads.push(valueOf(await uploadAgent(site, agent, packing, tell)));
      }
      const handed = `${agent.arch === 'x64' ? '' : `${agent.arch}=`}${address}`;
      context.out(
        flags.json === true ? documentOf(agent, handed, uploads) : screen(agent, handed, uploads, context),
      );
    });
}

async function readAgent(file: string, asked: Arch | undefined): Promise<AgentFile> {
  const bytes = await readFile(file).catch((error: unknown) => {
    throw usage(file, `it cannot be read (${errnoOrText(error)})`, 'Run `npm run build` first.');
  });
  const arch = archOfElf(bytes);
  if (arch === undefined) {
    throw usage(
      file,
      'it is no Linux executable for x64 or arm64',
      'Name dist/landfall or dist/landfall-arm64.',
    );
  }
  if (asked !== undefined && asked !== arch) {
    throw usage(
      file,
      `it is built for ${arch}, not for ${asked}`,
      'Name the other file, or leave --arch out.',
    );
  }
  if (!isAgent(bytes)) {
    throw usage(
      file,
      bytes.includes(OPS_MARK) ? "it is landfall-ops, the operator's program" : 'it is no Landfall',
      'Name dist/landfall or dist/landfall-arm64: instances run what is uploaded here.',
    );
  }
  return { arch, bytes, digest: createHash('sha256').update(bytes).digest('hex') };
}

/** Stands in this program and not in the agent, which is how the one is told from the other. */
const OPS_MARK = 'landfall-ops: the program of operators, which uploads agents and is none';

/** The agent's executable carries its source as text. */
function isAgent(bytes: Buffer): boolean {
  return bytes.includes('landfall') && !bytes.includes(OPS_MARK);
}

function screen(
  { digest }: AgentFile,
  handed: string,
  uploads: readonly Uploaded[],
  context: OpsContext,
): string {
  const head = ['REGION', 'KEY', 'SHA256', ''].map((title) => paint(context, 'dim', title));
  const rows = uploads.map(({ region, bucket, key, written }) => [
    region,
    `s3://${bucket}/${key}`,
    digest,
    paint(context, written > 0 ? 'green' : 'dim', written > 0 ? 'written' : 'there already'),
  ]);
  return `${alignColumns([head, ...rows])}\nFor user data: --agent '${handed}'\n`;
}

function documentOf({ arch, digest }: AgentFile, handed: string, uploads: readonly Uploaded[]): string {
  const regions = uploads.map((upload) => ({ ...upload, sha256: digest }));
  return `${JSON.stringify({ arch, sha256: digest, agent: handed, regions }, null, 2)}\n`;
}

/** `e_machine` of the ELF header (elf(5)): EM_X86_64 and EM_AARCH64. */
const MACHINES: ReadonlyMap<number, Arch> = new Map([
  [62, 'x64'],
  [183, 'arm64'],
]);

/** The architecture of a 64-bit little-endian ELF executable, or undefined for whatever else it is. */
function archOfElf(bytes: Uint8Array): Arch | undefined {
  const header = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 64));
  if (header.length < 64 || header.readUInt32BE(0) !== 0x7f454c46) return undefined;
  const is64 = header[4] === 2 && header[5] === 1;
  return is64 ? MACHINES.get(header.readUInt16LE(18)) : undefined;
}
