import type { Mutant } from '../../support/mutants.ts';

/**
 * What was wrong in silence once, by what users of other tools reported (docs/field-cases.md): each of these faults, planted again, has the
 * test go red that is about it. One test each, the narrowest there is.
 */
interface Planted extends Mutant {
  readonly test: string;
  /** What its name begins with, or holds. */
  readonly name: string;
}

export const SEVERE_MUTANTS: readonly Planted[] = [
  {
    breaks: 'what fails in passing after the files counts as a boot',
    file: 'agent/daemon/applying/application.ts',
    from: 'if (!failed) return inEffect',
    to: "if (!failed || failed.kind === 'retry') return inEffect",
    test: 'test/daemon/application.test.ts',
    name: 'a first generation whose deployment fails in passing',
  },
  {
    breaks: 'an init document that ended well runs again',
    file: 'agent/apply/init/init-step.ts',
    from: "if (!isNew) return ok('ended');",
    to: '',
    test: 'test/apply/init/ended.test.ts',
    name: 'a document that ended well is left alone',
  },
  {
    breaks: 'a first boot that fails leaves its files',
    file: 'agent/daemon/applying/application.ts',
    from: 'await restore(failed, flipBack);',
    to: 'flipBack();',
    test: 'test/daemon/application.test.ts',
    name: 'a first generation that fails after the files',
  },
  {
    breaks: 'scalars of a plan become what YAML takes them for',
    file: 'agent/plan/plan-field.ts',
    from: '? { value: node.text }',
    to: '? { value: String(node.value) }',
    test: 'test/plan/sections.test.ts',
    name: 'a text of a plan is the text as written',
  },
  {
    breaks: 'a template takes `false` for true',
    file: 'agent/apply/render/template-truth.ts',
    from: "return value.trim() !== '' && (booleanOf(value) ?? numberOf(value) !== 0);",
    to: "return value.trim() !== '';",
    test: 'test/apply/template-conditions.test.ts',
    name: '',
  },
  {
    breaks: 'the version of a secret that is selected is not asked for',
    file: 'agent/secrets/secret-reader.ts',
    from: "...(versionId !== '' && { VersionId: versionId }),",
    to: '',
    test: 'test/secrets/secrets.test.ts',
    name: 'of a parameter is chosen by number or label, of a secret by stage or id',
  },
  {
    breaks: 'a pattern knows the units of the start only',
    file: 'agent/logs/journal/journal-command.ts',
    from: 'units.some(isUnitPattern) ? []',
    to: 'units.length === 0 ? []',
    test: 'test/logs/journal/unit-selection.test.ts',
    name: 'a unit that appears after the start is shipped',
  },
  {
    breaks: 'a zone that is written and not understood is that of the settings',
    file: 'agent/logs/text/event-time.ts',
    from: "return zone === 'unknown' ? undefined : zone;",
    to: "return zone === 'unknown' ? configured : zone;",
    test: 'test/logs/text/event-time.test.ts',
    name: 'a zone of the line is understood, or it is no time',
  },
  {
    breaks: 'a setting that does nothing is accepted',
    file: 'agent/logs/settings/source-settings.ts',
    from: 'if (kinds.some((one) => meantFor.includes(one))) continue;',
    to: 'if (kinds.some((one) => meantFor.includes(one)) || kinds.length > 0) continue;',
    test: 'test/logs/settings/read-log-plan.test.ts',
    name: 'is refused with file and line',
  },
  {
    breaks: 'a file with another ending is no configuration, and nobody says so',
    file: 'config-service/properties/unread-name.ts',
    from: 'if (READ.includes(extension.toLowerCase())) {',
    to: 'if (READ.includes(extension.toLowerCase())) return undefined; else if (extension === "none") {',
    test: 'test/daemon/unread-report.test.ts',
    name: 'is named in the status',
  },
  {
    breaks: 'a secret that can no longer be read counts as fresh',
    file: 'agent/secrets/secret-shelf.ts',
    from: "const good = fault ? 'stale' : 'fresh';",
    to: "const good = fault === null ? 'stale' : 'fresh';",
    test: 'test/daemon/secrets-state.test.ts',
    name: 'is seen in status, metrics and explain',
  },
  {
    breaks: 'a file is remembered with its first batch only',
    file: 'agent/logs/files/tail-set.ts',
    from: 'this.#sightings += 1;\n    origins.add(file);',
    to: 'origins.add(file);',
    test: 'test/logs/simulation/first-sight.test.ts',
    name: 'seed 1$',
  },
  {
    breaks: 'nobody says what is waited for',
    file: 'agent/daemon/reporting/waits.ts',
    from: 'const waits = this.#current();',
    to: 'const waits = this.#current().slice(0, 0);',
    test: 'test/daemon/waits.test.ts',
    name: 'the log says once that something is waited for',
  },
  {
    breaks: 'a name that no agent accepts is published',
    file: 'config-service/release/relative-path.ts',
    from: String.raw`/[\u0000-\u001f\u007f\\]/`,
    to: String.raw`/[\u0000-\u001f\u007f]/`,
    test: 'test/ops/unreadable-names.test.ts',
    name: 'is refused by lint and by publish',
  },
  {
    breaks: 'a release that was halted is a way back',
    file: 'scripts/ops/site/past-release.ts',
    from: "({ fate }) => fate === 'replaced'",
    to: "({ fate }) => fate !== 'replaced' || fate",
    test: 'test/ops/way-back.test.ts',
    name: 'leads past what was halted, ended or rolled back from',
  },
  {
    breaks: 'a 409 of S3 counts as there',
    file: 'scripts/ops/site/s3-publish-store.ts',
    from: "return holds ? stillMeeting(operation, subject) : ok('refused');",
    to: "return holds && operation === 'none' ? stillMeeting(operation, subject) : ok('refused');",
    test: 'test/ops/meeting-writes.test.ts',
    name: 'to the last of an object that is absent moves no pointer',
  },
  {
    breaks: 'an unfinished merge is configuration',
    file: 'scripts/ops/folder/content-slips.ts',
    from: 'problems: conflictLines(file.path, text).map(',
    to: 'problems: conflictLines(file.path, text).slice(0, 0).map(',
    test: 'test/ops/content-slips.test.ts',
    name: 'is refused with file and line',
  },
  {
    breaks: 'expired credentials are a missing permission',
    file: 'scripts/ops/site/s3-fault.ts',
    from: 'const [refused, help] = CREDENTIALS.get(name) ?? [];',
    to: "const [refused, help] = CREDENTIALS.get(name === 'ExpiredToken' ? '' : name) ?? [];",
    test: 'test/ops/meeting-writes.test.ts',
    name: 'is named as such at the first request',
  },
];
