import { gzipSync } from 'node:zlib';
import { stringify } from 'yaml';
import { findEndpoints } from '#config-service';
import { LandfallError, type Problem } from '#kit/errors.ts';
import type { AgentAddress } from './agent-address.ts';
import { BAKED_SCRIPT, BOOT_SCRIPT, READY_TARGET, SERVICE_UNIT } from './assets.ts';
import { printEnvironment, type Environment } from './environment.ts';

/** What EC2 takes, before base64 (EC2 User Guide, "Run commands when you launch an EC2 instance"). */
const LARGEST_USER_DATA = 16_384;

export const FORMATS = ['shell', 'cloud-config', 'mime'] as const;
export type Format = (typeof FORMATS)[number];

export interface UserDataOptions {
  readonly environment: Environment;
  /** One for each architecture; none for an image that holds the agent. */
  readonly agents: readonly AgentAddress[];
  /** The account that owns the buckets of the agents, when it is not that of the instance. */
  readonly agentOwner?: string;
  readonly format: Format;
}

/** Renders user data of any size. @throws LandfallError `LF_REGION_FOREIGN`. */
export function renderUserData({ environment, agents, agentOwner, format }: UserDataOptions): string {
  const env = printEnvironment(environment);
  const script =
    agents.length === 0
      ? assemble(BAKED_SCRIPT, [`cat >/etc/landfall/agent.env <<'LANDFALL'`, `${env}LANDFALL`])
      : assemble(BOOT_SCRIPT, [
          ...agents.map(
            ({ arch, bucket, key, digest }) => `object_${arch}='${bucket}/${key}' digest_${arch}=${digest}`,
          ),
          ...(agentOwner === undefined ? [] : [`owner=${agentOwner}`]),
          'configure() {',
          `put /etc/landfall/agent.env <<'LANDFALL'\n${env}LANDFALL`,
          `put /etc/systemd/system/landfall.service <<'LANDFALL'\n${bare(SERVICE_UNIT)}LANDFALL`,
          `put /etc/systemd/system/landfall-ready.target <<'LANDFALL'\n${bare(READY_TARGET)}LANDFALL`,
          '}',
        ]);
  const text = WRAPPINGS[format](script);
  refuseRegions(text);
  return text;
}

/** As EC2 takes it. @throws LandfallError `LF_USERDATA_TOO_LARGE` */
export function fittingUserData(text: string): string {
  refuseTooLarge(Buffer.byteLength(text, 'utf8'));
  return text;
}

/** As EC2 and cloud-init take it, which unpacks what begins like gzip. @throws LandfallError `LF_USERDATA_TOO_LARGE` */
export function packedUserData(text: string): Uint8Array {
  const packed = gzipSync(text, { level: 9 });
  refuseTooLarge(packed.byteLength);
  return packed;
}

function assemble(asset: string, configure: readonly string[]): string {
  const [shebang = '', ...rest] = asset.replace(/^#@configure$/m, '@configure').split('\n');
  const body = bare(rest.join('\n')).replace('@configure', () => configure.join('\n'));
  return `${shebang}\n# Landfall, written by \`landfall-ops userdata\`. It names no region, and must not.\n${body}`;
}

/** Without comments and empty lines, but with what is said to shellcheck: whoever wants them reads userdata/ in the repository. */
function bare(text: string): string {
  return text.replaceAll(/^(?:[ \t]*#(?! shellcheck).*)?\n/gm, '');
}

const WRAPPINGS: Readonly<Record<Format, (script: string) => string>> = {
  shell: (script) => script,
  'cloud-config': (script) => {
    // Gone at reboot like all of /run; runcmd is for the first boot of an instance only, as a script would be.
    const path = '/run/landfall-boot.sh';
    const write = [{ path, permissions: '0700', content: script }];
    return `#cloud-config\n${stringify({ write_files: write, runcmd: [['sh', path]] }, { lineWidth: 0 })}`;
  },
  mime: (script) => `MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="==landfall=="

--==landfall==
Content-Type: text/x-shellscript; charset="us-ascii"
Content-Transfer-Encoding: 7bit
Content-Disposition: attachment; filename="landfall-boot.sh"

${script}
--==landfall==--
`,
};

/** Hints count here too: what has the name of a region in it is good for that region only. */
function refuseRegions(text: string): void {
  const problems = findEndpoints(text, { as: 'script' }).flatMap(
    ({ region, kind, severity, start, text: found }): Problem[] => {
      if (region === null && severity === 'info') return [];
      const line = text.slice(0, start).split('\n').length;
      const message = `${JSON.stringify(found)} names ${region ?? 'some region'} (${kind})`;
      return [{ code: 'LF_REGION_FOREIGN', message, file: 'user data', line }];
    },
  );
  if (problems.length === 0) return;
  throw new LandfallError({
    code: 'LF_REGION_FOREIGN',
    operation: 'write',
    subject: 'user data',
    cause: 'it would name a region, and an image or launch template of it would take that along',
    hint: 'Write {region} into --source and --agent, and leave regional values of --env to the configuration.',
    problems,
  });
}

function refuseTooLarge(size: number): void {
  if (size < LARGEST_USER_DATA) return;
  throw new LandfallError({
    code: 'LF_USERDATA_TOO_LARGE',
    operation: 'write',
    subject: 'user data',
    cause: `it has ${size} bytes, and EC2 takes ${LARGEST_USER_DATA}`,
    hint: 'Say --gzip, leave variables of --env to /etc/landfall/agent.yaml of the image, or bake the agent into it and use --baked.',
  });
}
