import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { knownRegions } from '#config-service';
import { folderOf } from './scanning.ts';

const SITE = 'usr/lib/python3.12/site-packages';
const REGIONS = knownRegions().map(({ region, partition }) => ({
  region,
  suffix: partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com',
}));

/** What a team wrote on the image, one thing in each file; the last four among the files of vendors. */
export const TEAM_FILES: Readonly<Record<string, string>> = {
  'etc/payroll/app.properties': 'queue=https://sqs.us-east-1.amazonaws.com/123456789012/jobs\n',
  'etc/systemd/system/payroll.service': '[Service]\nEnvironment=AWS_REGION=us-east-1\n',
  'etc/apt/sources.list.d/mirror.list': 'deb http://us-east-1.ec2.archive.ubuntu.com/ubuntu noble main\n',
  'opt/payroll/settings.json': '{"db": "payroll.c9akciq32abc.us-east-1.rds.amazonaws.com"}\n',
  'home/app/.aws/config': '[default]\nregion = us-east-1\n',
  [`${SITE}/sdk/data/endpoints.json`]: '',
  [`${SITE}/sdk/session.py`]: 'DEFAULT_REGION = "us-east-1"\n',
  [`${SITE}/payroll_settings.py`]: 'REGION = "us-east-1"\n',
  'etc/vendor.conf': 'endpoint = https://kms.us-east-1.amazonaws.com\n',
};

/** Files of vendors, each with regions in it, unchanged but for those that the team has changed. */
export function vendorImage(): string {
  const endpoints = JSON.stringify(Object.fromEntries(REGIONS.map(({ region }) => [region, {}])), null, 2);
  const sdk: Readonly<Record<string, string>> = {
    'sdk/data/endpoints.json': `${endpoints}\n`,
    'sdk/session.py': 'DEFAULT_REGION = "eu-west-1"\n',
    'sdk/auth.py': 'FALLBACK = "https://sts.us-east-1.amazonaws.com"\n',
    'sdk/models/sqs.json': '{"documentation": "https://sqs.us-east-1.amazonaws.com/80398EXAMPLE/MyQueue"}\n',
  };
  const record = Object.entries(sdk).map(
    ([path, text]) => `${path},sha256=${digest('sha256', text, 'base64url')},1`,
  );
  const suffixes = REGIONS.flatMap(({ region, suffix }) => [
    `execute-api.${region}.${suffix}`,
    `s3.${region}.${suffix}`,
    `${region}.elasticbeanstalk.com`,
  ]).join('\n');
  const manual = gzipSync('set --region us-west-2\n');
  const conffile = 'endpoint = https://kms.eu-west-1.amazonaws.com\n';
  const image = folderOf({
    ...Object.fromEntries(Object.entries(sdk).map(([path, text]) => [`${SITE}/${path}`, text])),
    [`${SITE}/sdk-1.43.0.dist-info/RECORD`]: record.join('\n'),
    [`${SITE}/sdk/__pycache__/auth.cpython-312.pyc`]: '\0\0s\u0023https://sts.us-east-1.amazonaws.com\0c',
    'opt/jdk/lib/security/public_suffix_list.dat': `${suffixes}\n`,
    'usr/share/man/man1/tool.1.gz': manual,
    'var/lib/dpkg/status':
      'Package: tool\nStatus: install ok installed\nVersion: 2.1\n' +
      `Conffiles:\n /etc/vendor.conf ${digest('md5', conffile)}\n`,
    'var/lib/dpkg/info/tool.md5sums': `${digest('md5', manual)}  usr/share/man/man1/tool.1.gz\n`,
    'usr/lib/node_modules/lib/test/region.js': 'const region = "us-west-2";\n',
  });
  for (const [path, text] of Object.entries(TEAM_FILES)) {
    mkdirSync(dirname(join(image, path)), { recursive: true });
    // A catalogue with one entry more: the rest of it is what it was.
    const isCatalogue = text === '';
    writeFileSync(
      join(image, path),
      isCatalogue ? endpoints.replace('{', '{ "sqs": "sqs.us-east-1.amazonaws.com",') : text,
    );
  }
  return image;
}

function digest(algorithm: string, content: string | Buffer, encoding: 'hex' | 'base64url' = 'hex'): string {
  return createHash(algorithm).update(content).digest(encoding);
}
