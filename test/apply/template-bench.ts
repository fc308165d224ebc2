import { loadTemplateEngine } from '#agent/apply/render/liquid-engine.ts';
import { createTemplateScope } from '#agent/apply/render/template-scope.ts';
import type { TemplateEntry } from '#agent/plan/plan.ts';
import { resolveLayers, propertiesOf } from '../support/resolving.ts';
import { generationOf } from '../support/generations.ts';
import { payrollFacts } from '../support/layer-generator.ts';

type Format = TemplateEntry['format'];
type Values = Readonly<Record<string, string>>;

const engine = await loadTemplateEngine();

/** The text, or `LINE:COLUMN message` of what is wrong. */
export function render(
  text: string,
  values: Values = {},
  format: Format = 'text',
  partials: Values = {},
): string {
  return rendered(
    text,
    createTemplateScope(generationOf(1, values).effective, payrollFacts, engine.Drop),
    format,
    partials,
  );
}

/** The same over a YAML file, for typed lists. */
export function renderYaml(text: string, yaml: string, format: Format = 'text'): string {
  const effective = propertiesOf(resolveLayers({ base: { 'app.yaml': yaml } }));
  return rendered(text, createTemplateScope(effective, payrollFacts, engine.Drop), format, {});
}

function rendered(
  text: string,
  { root }: ReturnType<typeof createTemplateScope>,
  format: Format,
  partials: Values,
): string {
  const partial = (path: string) => {
    const found = partials[path];
    return found === undefined ? undefined : { file: `base/templates/${path}`, text: found };
  };
  const result = engine.render({ file: 'base/templates/t', text, format, partial }, root);
  if (result.kind === 'rendered') return result.text;
  const { file, line, column, message } = result.problem;
  return `${file}:${line}:${column} ${message}`;
}
