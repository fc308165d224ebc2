import { execFile } from 'node:child_process';
import { globSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findProgram } from '#scripts/bench/program.ts';
import type { Moto } from '../support/moto.ts';

/** Where providers lie unpacked, as `terraform providers mirror` lays them out. */
const PLUGINS = process.env['LANDFALL_TERRAFORM_PLUGINS'] ?? '/opt/tf-plugins';
const PROVIDER = `${PLUGINS}/registry.terraform.io/hashicorp/aws`;
const terraform = findProgram('terraform');

/** Why nothing can be applied here, or undefined. */
export const NO_TERRAFORM = terraform
  ? globSync(`${PROVIDER}/**/terraform-provider-aws*`).length > 0
    ? undefined
    : `Terraform's provider of AWS is missing: there is none in ${PROVIDER}`
  : 'terraform is missing: no registry of packages has it';

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A module in a folder of its own, which is applied to moto, and with its alarms to another stand-in. */
export class TerraformModule {
  readonly folder: string;
  readonly #env: Readonly<Record<string, string>>;

  constructor(folder: string, region: string, { url }: Moto, cloudWatchUrl: string) {
    this.folder = folder;
    mkdirSync(join(folder, 'home'), { recursive: true });
    // moto has its buckets in the path: the names of hosts that S3 has are none of a loopback address.
    writeFileSync(join(folder, 'here.tf'), 'provider "aws" {\n  s3_use_path_style = true\n}\n');
    const settings = join(folder, 'home/terraform.rc');
    writeFileSync(
      settings,
      `provider_installation {\n  filesystem_mirror {\n    path = "${PLUGINS}"\n  }\n}\n`,
    );
    this.#env = {
      PATH: '/usr/bin:/bin',
      HOME: join(folder, 'home'),
      TF_CLI_CONFIG_FILE: settings,
      TF_IN_AUTOMATION: '1',
      CHECKPOINT_DISABLE: '1',
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: 'AKIAEXAMPLEEXAMPLE00',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_ENDPOINT_URL: url,
      AWS_ENDPOINT_URL_CLOUDWATCH: cloudWatchUrl,
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_EC2_METADATA_SERVICE_ENDPOINT: 'http://127.0.0.1:9',
    };
  }

  /** One command, to its end; what it works with may be in this process. */
  async run(...args: readonly string[]): Promise<Ran> {
    const options = { cwd: this.folder, env: this.#env, maxBuffer: 1 << 26 };
    const ended = promisify(execFile)(terraform ?? 'terraform', [...args], options);
    return ended.then(
      (printed) => ({ code: 0, ...printed }),
      ({ code, stdout, stderr }: Ran) => ({ code, stdout, stderr }),
    );
  }

  /** What is there now, by its address; of arguments, computed ones too. */
  async resources(): Promise<ReadonlyMap<string, Values>> {
    const { stdout } = await this.run('show', '-json');
    const { values } = JSON.parse(stdout) as {
      values: { root_module: { resources: readonly { address: string; values: Values }[] } };
    };
    return new Map(values.root_module.resources.map((one) => [one.address, one.values]));
  }
}

export type Values = Readonly<Record<string, unknown>>;
