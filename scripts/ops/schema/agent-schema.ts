import { SETTINGS, type SettingEntry } from '#agent/settings/catalogue.ts';

/** JSON Schema of /etc/landfall/agent.yaml, out of the catalogue that the agent reads it by. */
export function agentSchema(): object {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Settings of the Landfall agent (docs/settings.md)',
    type: 'object',
    additionalProperties: false,
    properties: Object.fromEntries(
      Object.entries(SETTINGS).map(([name, entry]) => [name, settingSchema(entry)]),
    ),
  };
}

function settingSchema({ doc, format, default: fallback, defaultText }: SettingEntry): object {
  const told = defaultText === undefined ? doc : `${doc} Default: ${defaultText}.`;
  if (typeof format !== 'string') return { description: told, enum: format, default: fallback };
  // A list counts as its items with commas.
  const isList = format === 'words' || format === 'shapes';
  const one = { type: ['string', 'number', 'boolean'] };
  return {
    description: told,
    ...(isList ? { anyOf: [one, { type: 'array', items: one }] } : one),
    ...(fallback === '' ? {} : { default: fallback }),
  };
}
