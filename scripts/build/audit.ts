import { spawnSync } from 'node:child_process';
import { judgeSignatures } from './signature-audit.ts';

/**
 * `npm run audit:signatures`: whether the packages that npm installed are those the registry signed. Fails on a
 * signature that does not hold, and never for lack of a registry or of its keys: package-lock.json pins every byte anyway.
 */
const OPTIONS = ['--json', '--fetch-retries=0', '--fetch-timeout=10000'];

const { stdout } = spawnSync('npm', ['audit', 'signatures', ...OPTIONS], {
  encoding: 'utf8',
  timeout: 120_000,
});
const audit = judgeSignatures(stdout);
console.log(`audit: ${audit.line}`);
process.exitCode = audit.kind === 'bad' ? 1 : 0;
