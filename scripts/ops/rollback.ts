import type { Command } from 'commander';
import { historyKey, settle, signRelease, verifyRelease, type Pointer, type Release } from '#config-service';
import { paint } from '#agent/cli/terminal.ts';
import { LandfallError } from '#kit/errors.ts';
import { printChanges, changesDocument } from './folder/change-table.ts';
import type { OpsContext } from './context.ts';
import { changesBetween } from './folder/effective-changes.ts';
import { layersOption, readOrder, usage, valueOf } from './options.ts';
import { releaseBefore } from './site/past-release.ts';
import { growingCandidate } from './publication/pointer-plan.ts';
import { signNext } from './publication/pointer-signature.ts';
import { readSigner } from './publication/signer.ts';
import { readReleaseContent } from './site/release-content.ts';
import {
  addressOf,
  movePointer,
  readRelease,
  type HeldPointer,
  type ReleaseSite,
} from './site/release-site.ts';
import { STAND_IN_ACCOUNT } from './folder/scenario.ts';
import { addSiteOptions, openPublished, type SiteCommandFlags } from './site/site-options.ts';

interface Flags extends SiteCommandFlags {
  readonly sign?: string;
  readonly unsigned?: boolean;
  readonly allowUnsigned?: boolean;
  readonly layers?: string;
  readonly dryRun?: boolean;
}

export function addRollbackCommand(program: Command, context: OpsContext): void {
  addSiteOptions(program.command('rollback'))
    .argument(
      '[release]',
      'which one; when left out, the one before, or out of the rollout that is under way',
    )
    .description('point a region to a release it had before')
    .option('--sign <key>', 'what publish signs with: instances that trust a key follow no other way back')
    .option('--unsigned', 'although what runs is signed: instances that trust a key stay where they are')
    .option('--allow-unsigned', 'sign the release even when this key has not signed it before')
    .option('--dry-run', 'show what would change, and write nothing')
    .addOption(layersOption())
    .addHelpText(
      'after',
      "\nExample:\n  landfall-ops rollback --to 's3://payroll-{region}/landfall' --region eu-west-1 --sign release.pem",
    )
    .action((release: string | undefined, flags: Flags) => rollback(release, flags, context));
}

async function rollback(wanted: string | undefined, flags: Flags, context: OpsContext): Promise<void> {
  const order = readOrder(flags.layers);
  const { site, held } = await openPublished(flags, context);
  const now = context.clock.now();
  const current = growingCandidate(held.pointer, now) ?? settle(held.pointer, now).stable;
  const target = await chooseTarget(site, held.pointer, wanted, now);
  if (held.pointer.candidate === undefined && held.pointer.stable.id === target.id) {
    throw usage(`the release ${target.id}`, `${site.region} runs it already`, 'Name another one.');
  }
  const next = await nextPointer(site, held, target, flags, context);
  // Read whole before anything moves: a release whose objects are gone helps nobody.
  const content = valueOf(await readReleaseContent(site, target));
  const known = new Map(
    content.flatMap(({ files }) => files.map(({ sha256, bytes }) => [sha256, bytes] as const)),
  );
  const before = await readReleaseContent(site, current, known);
  const standIn = { account: flags.owner ?? STAND_IN_ACCOUNT };
  // What is damaged now must not stop the way back.
  const changes = changesBetween(
    before.kind === 'ok' ? before.value : [],
    content,
    site.region,
    order,
    standIn,
  );
  if (flags.json !== true) {
    context.out(
      `${paint(context, 'bold', site.region)}  ${current.id} -> ${target.id}\n${printChanges(changes, context)}`,
    );
  }
  if (flags.dryRun !== true) valueOf(await movePointer(site, held, next));
  const state = flags.dryRun === true ? 'planned' : 'rolled back';
  if (flags.json === true) {
    const document = {
      region: site.region,
      state,
      from: current.id,
      to: target.id,
      changes: changesDocument(changes),
    };
    context.out(`${JSON.stringify(document, null, 2)}\n`);
  } else {
    context.out(
      `${paint(context, 'green', state)}: ${site.region} ${flags.dryRun === true ? 'would run' : 'runs'} ${target.id}\n`,
    );
  }
}

/** @throws LandfallError `LF_USAGE` without a key, where what runs is signed; `LF_SIGNATURE_*` of a release that is not. */
async function nextPointer(
  site: ReleaseSite,
  held: HeldPointer,
  target: Release,
  { sign, unsigned, allowUnsigned }: Flags,
  context: OpsContext,
): Promise<Pointer> {
  const { region } = site;
  if (sign === undefined) {
    if (held.pointer.sequence === undefined || unsigned === true) return { region, stable: target };
    throw usage(
      'rollback',
      `what ${region} runs is signed, and instances that trust a key would refuse an unsigned way back`,
      'Give the key with --sign, or say --unsigned.',
    );
  }
  const signer = await readSigner(sign, region, context);
  // Whoever can write the bucket can write history/, too: a key must not be lent to what nobody vouched for.
  const known = verifyRelease(target, region, [signer.publicKey], addressOf(site, historyKey(target.id)));
  if (known.kind !== 'ok' && allowUnsigned !== true) {
    const hint =
      'Publish its folder again, or, when you know where the record comes from, say --allow-unsigned.';
    throw new LandfallError({ ...known.fault, hint });
  }
  const stable = known.kind === 'ok' ? target : await signRelease(target, region, signer);
  return signNext({ region, stable }, held, signer, context.clock.now());
}

async function chooseTarget(
  site: ReleaseSite,
  pointer: Pointer,
  wanted: string | undefined,
  now: number,
): Promise<Release> {
  if (wanted !== undefined) return valueOf(await readRelease(site, wanted));
  const { stable } = settle(pointer, now);
  return growingCandidate(pointer, now) ? stable : releaseBefore(site, stable);
}
