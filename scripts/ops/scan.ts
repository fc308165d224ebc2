import type { Command } from 'commander';
import { addScanCommand as addAgentScanCommand } from '#agent/cli/scan.ts';
import { VERSION } from '#agent/version.ts';
import type { OpsContext } from './console/context.ts';

/** The agent's own command: one engine, one output, wherever it runs. */
export function addScanCommand(
  program: Command,
  context: OpsContext,
  finish: (exitCode: number) => void,
): void {
  const here = { terminal: context, cwd: '.', version: VERSION, signal: context.stop };
  addAgentScanCommand(program, here, finish);
}
