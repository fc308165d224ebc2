import { writeFile } from 'node:fs/promises';
import { Option } from 'commander';
import {
  DEFAULT_LAYER_ORDER,
  regionFacts,
  validateOrder,
  type GuardPolicy,
  type JudgeInput,
  meantRegion,
} from '#config-service';
import { readRangesFile } from '#agent/settings/ip-ranges-file.ts';
import { parseDuration } from '#kit/duration.ts';
import { errnoOrText } from '#kit/errno.ts';
import { LandfallError } from '#kit/errors.ts';
import type { Outcome } from '#kit/outcome.ts';

/** Options that several commands have, and what is made of them. All throw `LandfallError` with `LF_USAGE`. */

export const layersOption = (): Option =>
  new Option(
    '--layers <order>',
    'the order of layers, when agents have their own: weakest first, comma separated',
  );

/** What a guard of settings stricter than the default would refuse, and by which table it knows addresses. */
export const guardOptions = (): readonly Option[] => [
  new Option('--unknown <policy>', 'what becomes of values bound to a region that nothing names')
    .choices(['warn', 'refuse'])
    .default('warn'),
  new Option('--hints <policy>', "what becomes of buckets, hosts and paths with another region's name")
    .choices(['show', 'refuse'])
    .default('show'),
  new Option('--ip-ranges <file>', "AWS's ip-ranges.json, plain or gzip: tells the region of addresses"),
];

export interface GuardFlags extends GuardPolicy {
  readonly ipRanges?: string;
}

/** What an operator asks for on the command line; a plan can ask for more. */
export type GuardRules = Pick<JudgeInput, 'policy' | 'regionOf'>;

/** `LF_IP_RANGES` for a table that cannot be used. */
export async function readGuardRules({ unknown, hints, ipRanges }: GuardFlags): Promise<GuardRules> {
  const policy = { unknown, hints };
  if (ipRanges === undefined) return { policy };
  return { policy, regionOf: valueOf(await readRangesFile(ipRanges)).regionOf };
}

/** An option that may be given several times. */
export function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

export function readOrder(text: string | undefined): readonly string[] {
  if (text === undefined) return DEFAULT_LAYER_ORDER;
  const order = text.split(',').map((word) => word.trim());
  const [problem] = validateOrder(order);
  if (problem)
    throw usage(`--layers ${text}`, problem.message, 'Write it as base,region/{region},role/{role}.');
  return order;
}

/** Milliseconds, at least `leastMs`. A number without a unit is refused: of days and seconds nobody knows which was meant. */
export function readSpan(option: string, text: string, example: string, leastMs = 0): number {
  const ms = /^[\d.\s]+$/.test(text) ? undefined : parseDuration(text);
  if (ms !== undefined && ms >= leastMs) return ms;
  throw usage(`${option} ${text}`, 'it is no duration', `Write it as ${example}.`);
}

/** Distinct regions, in the order given: the one they are worked through in. */
export function readRegions(text: string): readonly string[] {
  const regions = [...new Set(text.split(',').map((word) => word.trim()))].filter((word) => word !== '');
  if (regions.length === 0)
    throw usage('--regions', 'it names no region', 'Name them as eu-west-1,us-east-1.');
  for (const region of regions) {
    if (!regionFacts(region)) {
      throw usage(
        `--regions ${text}`,
        `${JSON.stringify(region)} is no AWS region`,
        'Name them as eu-west-1,us-east-1.',
      );
    }
    const meant = meantRegion(region);
    if (meant !== undefined)
      throw usage(`--regions ${text}`, `there is no region ${region}`, `Did you mean ${meant}?`);
  }
  return regions;
}

/** `NAME=VALUE`. */
export function readPair(
  option: string,
  text: string,
  example: string,
): readonly [name: string, value: string] {
  const at = text.indexOf('=');
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  throw usage(`${option} ${text}`, 'it is no NAME=VALUE', `Write it as ${option} ${example}.`);
}

export function usage(subject: string, cause: string, hint: string): LandfallError {
  return new LandfallError({ code: 'LF_USAGE', operation: 'read', subject, cause, hint });
}

/** The value, or the failure as the exception that ends a command. */
export function valueOf<T>(outcome: Outcome<T>): T {
  if (outcome.kind === 'ok') return outcome.value;
  throw new LandfallError(outcome.fault);
}

/** Writes a file that an option names. @throws LandfallError `LF_USAGE` when it cannot. */
export async function writeOutput(option: string, file: string, content: string | Uint8Array): Promise<void> {
  await writeFile(file, content).catch((error: unknown) => {
    throw usage(
      `${option} ${file}`,
      `it cannot be written (${errnoOrText(error)})`,
      'Name a file in a folder that is there.',
    );
  });
}
