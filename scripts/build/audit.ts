import { spawnSync } from 'node:child_process';

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

/** What `npm audit signatures --json` found. */
interface SignatureAudit {
  /** `unanswered`: nobody said whether the signatures are good, which is no finding. */
  readonly kind: 'verified' | 'bad' | 'unanswered';
  /** One line for people. */
  readonly line: string;
}

interface Report {
  readonly error?: { readonly code?: string; readonly summary?: string };
  readonly invalid?: readonly { readonly name?: string; readonly version?: string }[];
  readonly missing?: readonly unknown[];
}

/** @param printed to stdout; what npm says to stderr is for people. */
export function judgeSignatures(printed: string): SignatureAudit {
  const report = readReport(printed);
  if (report?.invalid !== undefined && report.invalid.length > 0) {
    const names = report.invalid.map(({ name, version }) => `${name}@${version}`).join(', ');
    return { kind: 'bad', line: `signatures of the registry do not hold: ${names}` };
  }
  if (report?.invalid !== undefined) {
    const missing = report.missing?.length ?? 0;
    const but = missing === 0 ? '' : `; ${missing} packages have none`;
    return { kind: 'verified', line: `all signatures of the registry hold${but}` };
  }
  const why = report?.error?.summary ?? report?.error?.code ?? 'npm printed no report';
  return { kind: 'unanswered', line: `signatures of the registry were NOT audited: ${why.split('\n')[0]}` };
}

function readReport(printed: string): Report | undefined {
  try {
    const value: unknown = JSON.parse(printed);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
