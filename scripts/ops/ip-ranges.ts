import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { Command } from 'commander';
import { alignColumns, paint } from '#agent/console/terminal.ts';
import { readRangesFile } from '#agent/settings/ip-ranges-file.ts';
import { parseIpRanges, printPackedRanges, signRanges, unsignedRanges, type IpRanges } from '#config-service';
import { LandfallError } from '#kit/errors.ts';
import { fail, ok, type Outcome } from '#kit/outcome.ts';
import type { OpsContext } from './console/context.ts';
import { readRegions, usage, valueOf, writeOutput } from './console/options.ts';
import { readSigner } from './publication/signer.ts';
import { openSite, type SiteFlags } from './site/open-site.ts';
import { addressOf, keyOf, type ReleaseSite } from './site/release-site.ts';

interface Flags extends Partial<SiteFlags> {
  readonly regions?: string;
  readonly sign?: string;
  readonly out?: string;
  readonly json?: boolean;
}

/** As agents look for it, beside `current.json`. */
const NAME = 'ip-ranges.packed';
/** Every instance fetches it, and holds it in memory while it is read. */
const MOST_BYTES = 100 * 1024;

const HELP = `
Example:
  curl -O https://ip-ranges.amazonaws.com/ip-ranges.json
  landfall-ops ip-ranges ip-ranges.json --to 's3://acme-config-{region}/payroll' \\
    --regions eu-west-1,us-east-1`;

export function addIpRangesCommand(program: Command, context: OpsContext): void {
  program
    .command('ip-ranges')
    .argument('<file>', "AWS's ip-ranges.json, plain or gzip")
    .description(
      "pack AWS's address ranges, by which agents know the region of an address, and put them to the releases",
    )
    .option('--to <address>', 'where the releases lie: s3://bucket-{region}/prefix')
    .option('--regions <regions>', 'which regions')
    .option('--owner <account>', 'the account that must own the buckets')
    .option('--sign <key>', 'sign it: a private key in PEM, or kms:KEY')
    .option('--out <file>', 'write the packed table to a file instead, for images: LANDFALL_IP_RANGES')
    .option('--json', 'print JSON, errors included')
    .addHelpText('after', HELP)
    .action(async (file: string, flags: Flags) => {
      const ranges = valueOf(await readRangesFile(file));
      const text = printPackedRanges(ranges.sheet);
      const { to, out } = flags;
      if (out !== undefined) {
        if (to !== undefined)
          throw usage('--out', 'the table goes to a file or to S3', 'Leave one of both out.');
        const bytes = await packed(text);
        await writeOutput('--out', out, bytes);
        tell(context, flags, ranges, [{ region: '', address: out, bytes: bytes.length, written: true }]);
        return;
      }
      if (to === undefined || flags.regions === undefined)
        throw usage('--to', 'nothing says where the table goes', 'Give --to and --regions, or --out FILE.');
      const regions = readRegions(flags.regions);
      // All are opened before the first is written to.
      const sites: ReleaseSite[] = [];
      const site = { to, ...(flags.owner === undefined ? {} : { owner: flags.owner }) };
      for (const region of regions) sites.push(valueOf(await openSite(region, site, context)));
      const placed: Placed[] = [];
      for (const one of sites) placed.push(valueOf(await place(one, text, ranges, flags, context)));
      tell(context, flags, ranges, placed);
    });
}

interface Placed {
  readonly region: string;
  readonly address: string;
  readonly bytes: number;
  /** False: the same table lies there. */
  readonly written: boolean;
}

/** One region's table in the place of the one that is there, unless that is newer. */
async function place(
  site: ReleaseSite,
  text: string,
  ranges: IpRanges,
  { sign }: Flags,
  context: OpsContext,
): Promise<Outcome<Placed>> {
  const { region } = site;
  const address = addressOf(site, NAME);
  const there = await site.store.get(keyOf(site, NAME));
  if (there.kind !== 'ok') return there;
  const before = there.value && (await unpacked(there.value.bytes));
  const isSigned = before !== undefined && unsignedRanges(before).length < before.trimEnd().length;
  if (there.value && before !== undefined) {
    // What was signed is not signed again: a signature of KMS is another one each time.
    if (unsignedRanges(before) === text && isSigned === (sign !== undefined))
      return ok({ region, address, bytes: there.value.bytes.length, written: false });
    const old = parseIpRanges(unsignedRanges(before), address);
    if (old.kind === 'ok' && old.value.createdAt > ranges.createdAt)
      return fail(older(address, old.value, ranges));
  }
  const signed = sign === undefined ? text : await signRanges(text, await readSigner(sign, region, context));
  const bytes = await packed(signed);
  const condition = there.value ? { etag: there.value.etag } : { absent: true as const };
  const put = await site.store.put(keyOf(site, NAME), bytes, condition);
  if (put.kind !== 'ok') return put;
  if (put.value === 'refused') return fail(conflict(address));
  return ok({ region, address, bytes: bytes.length, written: true });
}

/** @throws LandfallError `LF_IP_RANGES` for a table that would burden instances. */
async function packed(text: string): Promise<Uint8Array> {
  const bytes = await promisify(gzip)(text, { level: 9 });
  if (bytes.length <= MOST_BYTES) return bytes;
  throw new LandfallError({
    code: 'LF_IP_RANGES',
    operation: 'pack',
    subject: 'the table of address ranges',
    cause: `packed it has ${bytes.length} bytes, more than ${MOST_BYTES}`,
    hint: "Is it AWS's ip-ranges.json? Then this is a limit of landfall-ops: report it.",
  });
}

/** Undefined for what is no packed table: it is replaced. */
async function unpacked(bytes: Uint8Array): Promise<string | undefined> {
  try {
    return (await promisify(gunzip)(bytes, { maxOutputLength: 8 * 1024 * 1024 })).toString('latin1');
  } catch {
    return undefined;
  }
}

function older(address: string, there: IpRanges, ours: IpRanges) {
  return {
    code: 'LF_IP_RANGES',
    operation: 'replace',
    subject: address,
    cause: `the table there is of ${there.createdAt}, and this one of ${ours.createdAt}`,
    hint: 'Fetch https://ip-ranges.amazonaws.com/ip-ranges.json anew; to go back all the same, remove the object first.',
  } as const;
}

function conflict(address: string) {
  return {
    code: 'LF_PUBLISH_CONFLICT',
    operation: 'write',
    subject: address,
    cause: 'somebody else wrote it meanwhile',
    hint: 'Run the command again.',
  } as const;
}

function tell(context: OpsContext, { json, sign }: Flags, ranges: IpRanges, placed: readonly Placed[]): void {
  const { createdAt, prefixes } = ranges;
  if (json === true) {
    const signed = sign !== undefined;
    context.out(`${JSON.stringify({ createdAt, prefixes, signed, placed }, null, 2)}\n`);
    return;
  }
  const rows = placed.map(({ region, address, bytes, written }) => [
    ...(region === '' ? [] : [region]),
    address,
    `${(bytes / 1024).toFixed(1)} KiB`,
    paint(context, written ? 'green' : 'dim', written ? 'written' : 'there already'),
  ]);
  context.out(
    `${alignColumns(rows)}\nThe table of ${createdAt}, ${prefixes} networks${sign === undefined ? '' : ', signed'}.\n`,
  );
}
