import { isAbsolute } from 'node:path';
import { isClean, isOfUnknownRegion, type ScanFinding, type ScanReport } from './report.ts';

const SCHEMA = 'https://json.schemastore.org/sarif-2.1.0.json';

/** Ours is "what does it mean", SARIF's "how bad is it". */
const LEVELS = { error: 'error', warning: 'warning', info: 'note' } as const;

const SHORT: Readonly<Record<ScanFinding['severity'], string>> = {
  error: 'An address or a name of something in that region',
  warning: 'A region that is written down',
  info: 'A hint at a region, or an id that exists in one region only',
};

/** SARIF 2.1.0, as code scanning services read it. Rules are the kinds that were found. */
export function printSarif(report: ScanReport, version: string): string {
  const kinds = [...new Set(report.findings.map(({ kind }) => kind))].toSorted();
  const run = {
    tool: {
      driver: {
        name: 'landfall',
        version,
        semanticVersion: version,
        rules: kinds.map((kind) => ruleOf(kind, report)),
      },
    },
    // Columns count characters, not the code units that SARIF assumes.
    columnKind: 'unicodeCodePoints',
    invocations: [
      {
        executionSuccessful: true,
        exitCode: isClean(report) ? 0 : 6,
        toolExecutionNotifications: report.unreadable.map(({ path, cause }) => ({
          level: 'warning',
          message: { text: `${path}: ${cause}` },
        })),
      },
    ],
    results: report.findings.map((finding) => resultOf(finding, kinds, report)),
  };
  return `${JSON.stringify({ $schema: SCHEMA, version: '2.1.0', runs: [run] })}\n`;
}

function ruleOf(kind: string, report: ScanReport): object {
  const severity = report.findings.find((finding) => finding.kind === kind)?.severity ?? 'info';
  const short = isOfUnknownRegion({ kind }) ? 'Bound to a region that nothing names' : SHORT[severity];
  return {
    id: kind,
    shortDescription: { text: `${short} (${kind})` },
    defaultConfiguration: { level: LEVELS[severity] },
  };
}

function resultOf(finding: ScanFinding, kinds: readonly string[], report: ScanReport): object {
  const { path, line, column, kind, severity, text, fingerprint } = finding;
  return {
    ruleId: kind,
    ruleIndex: kinds.indexOf(kind),
    level: LEVELS[severity],
    message: { text: sentenceOf(finding, report.home) },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: uriOf(path) },
          region: {
            startLine: line,
            startColumn: column,
            endColumn: column + text.length,
            snippet: { text },
          },
        },
      },
    ],
    partialFingerprints: { 'landfall/v1': fingerprint },
  };
}

function sentenceOf({ kind, region, text }: ScanFinding, home: string | null): string {
  if (isOfUnknownRegion({ kind })) return `Nothing says to which region ${text} leads.`;
  if (region === null) return `${text} exists in one region only.`;
  return home === null ? `${text} belongs to ${region}.` : `${text} belongs to ${region}, not to ${home}.`;
}

function uriOf(path: string): string {
  const escaped = path.split('/').map(encodeURIComponent).join('/');
  return isAbsolute(path) ? `file://${escaped}` : escaped;
}
