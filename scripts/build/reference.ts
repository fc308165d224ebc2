import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { flagOf, SETTINGS, type SettingEntry } from '#agent/settings/catalogue.ts';
import { FAULTS } from '#kit/errors.ts';
import { apiDocument } from '#scripts/ops/schema/api-document.ts';

/** The reference that is printed from code; a test compares them with what lies in docs/. */
export const REFERENCE_PAGES: Readonly<Record<string, () => string>> = {
  'docs/settings.md': settingsPage,
  'docs/errors.md': errorsPage,
  'docs/openapi.json': () => `${JSON.stringify(apiDocument(), undefined, 2)}\n`,
};

function settingsPage(): string {
  const rows = Object.entries<SettingEntry>(SETTINGS).map(([name, setting]) => {
    const fallback = setting.defaultText ?? (setting.default === '' ? 'none' : `\`${setting.default}\``);
    return `| \`${name}\` | \`${flagOf(name)}\` | \`${setting.env}\` | ${escapeCell(fallback)} | ${escapeCell(setting.doc)} |`;
  });
  return page('Settings', [
    'A flag beats a variable, a variable beats `/etc/landfall/agent.yaml` (`--config FILE`), the file beats the default.',
    'In the file the name is the first column: `interval: 30s`. An unknown name is an error.',
    '',
    '| name | flag | variable | default | what it says |',
    '|---|---|---|---|---|',
    ...rows,
  ]);
}

function errorsPage(): string {
  const rows = Object.entries(FAULTS).map(
    ([code, { exit, title }]) => `| \`${code}\` | ${exit} | ${title} |`,
  );
  return page('Errors', [
    'Every failure has a stable code. The command line exits with the number; the API gives the code in its problem document;',
    'logs and events carry it too. The message that comes with it names the operation, the subject, the cause and what to do.',
    '',
    '| code | exit | what it means |',
    '|---|---|---|',
    ...rows,
  ]);
}

function page(title: string, lines: readonly string[]): string {
  const notice = '<!-- Printed by `node scripts/build/reference.ts` from the code; change it there. -->';
  return `# ${title}\n\n${notice}\n\n${lines.join('\n')}\n`;
}

function escapeCell(text: string): string {
  return text.replaceAll('|', String.raw`\|`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [path, print] of Object.entries(REFERENCE_PAGES)) writeFileSync(path, print());
}
