import type { Command } from 'commander';
import { haltRollout } from '#config-service';
import { paint } from '#agent/cli/terminal.ts';
import { LandfallError } from '#kit/errors.ts';
import type { OpsContext } from './context.ts';
import { operatorName } from './operator-name.ts';
import { valueOf } from './options.ts';
import { addressOf, movedOrFault, movePointer } from './site/release-site.ts';
import { addSiteOptions, openPublished, type SiteCommandFlags } from './site/site-options.ts';

interface Flags extends SiteCommandFlags {
  readonly reason: string;
}

export function addHaltCommand(program: Command, context: OpsContext): void {
  addSiteOptions(program.command('halt'))
    .description('stop the rollout of a region: its instances go back to the stable release')
    .option('--reason <text>', 'why, for `landfall-ops releases`', 'halted by an operator')
    .addHelpText(
      'after',
      "\nExample:\n  landfall-ops halt --to 's3://payroll-{region}/landfall' --region eu-west-1 --reason 'errors at login'",
    )
    .action(async (flags: Flags) => {
      const { site, held } = await openPublished(flags, context);
      const { stable, candidate } = held.pointer;
      if (candidate === undefined) {
        throw new LandfallError({
          code: 'LF_ROLLOUT_NONE',
          operation: 'halt',
          subject: addressOf(site, 'current.json'),
          cause: 'no rollout is under way',
          hint: 'To go back to an earlier release, use `landfall-ops rollback`.',
        });
      }
      const at = new Date(context.clock.now()).toISOString();
      const halted = { at, reason: flags.reason, ...operatorName(context) };
      const next = haltRollout(held.pointer, halted);
      // Halted already is what was asked for.
      if (next) valueOf(movedOrFault(await movePointer(site, held, next)));
      const { id } = candidate.release;
      if (flags.json === true) {
        const document = {
          region: site.region,
          state: 'halted',
          release: id,
          current: stable.id,
          changed: next !== undefined,
        };
        context.out(`${JSON.stringify(document, null, 2)}\n`);
      } else {
        const again = next ? '' : ' already';
        context.out(
          `${paint(context, 'green', 'halted')}${again}: ${id} in ${site.region}; instances go back to ${stable.id}\n`,
        );
      }
    });
}
