import type { ExpositionFormat } from '#config-service';
import type { Family } from '#kit/metric-family.ts';

/**
 * Families as OpenMetrics 1.0 or as Prometheus text 0.0.4. They differ in where a counter's `_total` stands: OpenMetrics
 * puts it on the sample only, the text format (what `promtool check metrics` reads) on TYPE and HELP as well. `# EOF` is
 * required by the first and a comment to the second.
 */
export function printFamilies(families: readonly Family[], format: ExpositionFormat): string {
  const lines = families
    .filter((family) => family.samples.length > 0)
    .flatMap((family) => printFamily(family, format));
  return `${[...lines, '# EOF'].join('\n')}\n`;
}

function printFamily(family: Family, format: ExpositionFormat): string[] {
  const sampleName = family.name + SUFFIX[family.type];
  const open = format === 'openmetrics';
  const declared = open ? family.name : sampleName;
  const type = open || family.type !== 'info' ? family.type : 'gauge';
  return [
    `# HELP ${declared} ${escapeText(family.help)}`,
    `# TYPE ${declared} ${type}`,
    ...family.samples.map((sample) => `${sampleName}${printLabels(sample.labels ?? {})} ${sample.value}`),
  ];
}

const SUFFIX = { gauge: '', counter: '_total', info: '_info' } as const;

function printLabels(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(
    ([name, value]) => `${name}="${escapeText(value).replaceAll('"', String.raw`\"`)}"`,
  );
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escapeText(text: string): string {
  return text.replaceAll('\\', String.raw`\\`).replaceAll('\n', String.raw`\n`);
}
