import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';

const CONFIG = `[default]
region = us-east-1
endpoint_url = http://127.0.0.1:1
use_fips_endpoint = true
use_dualstack_endpoint = true
s3_use_arn_region = true
max_attempts = 9
defaults_mode = auto
ec2_metadata_service_endpoint = http://127.0.0.1:1
[profile other]
region = us-east-1
`;

// The SDK takes hold of `readFile` when it is loaded, so this module must be imported before it.
const read: string[] = [];
const readFile = fs.readFile;
Object.assign(fs, {
  readFile: (...args: Parameters<typeof readFile>) => {
    if (typeof args[0] === 'string') read.push(args[0]);
    return readFile(...args);
  },
});

/**
 * What a copied image may carry: shared configuration files and variables that name another region. `opened` lists
 * which of the files somebody read since.
 */
export function hostileImage() {
  const folder = mkdtempSync(join(tmpdir(), 'landfall-image-'));
  const files = ['config', 'credentials'].map((name) => join(folder, name));
  for (const file of files) writeFileSync(file, CONFIG);
  const variables = {
    AWS_CONFIG_FILE: files[0],
    AWS_SHARED_CREDENTIALS_FILE: files[1],
    AWS_PROFILE: 'other',
    AWS_REGION: 'us-east-1',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
    AWS_USE_FIPS_ENDPOINT: 'true',
    AWS_USE_DUALSTACK_ENDPOINT: 'true',
  };
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
  return {
    opened: () => read.filter((path) => files.includes(path)),
    [Symbol.dispose]: () => {
      vi.unstubAllEnvs();
      rmSync(folder, { recursive: true });
    },
  };
}
