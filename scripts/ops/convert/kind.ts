/** What is understood, by the name that `--kind` takes. */
export const KINDS = [
  'cloudwatch-agent',
  'awslogs',
  'mon-scripts',
  'ebextensions',
  'custom-json',
  'consul-kv',
  'confd',
  'consul-template',
  'template',
  'cloud-config',
  'cloudformation',
] as const;
export type Kind = (typeof KINDS)[number];

/** By name and content; undefined when neither says it. */
export function kindOf(name: string, text: string): Kind | undefined {
  const content = text.replace(/^\uFEFF/, '');
  if (/\.(tmpl|ctmpl|tpl)$/.test(name)) return 'template';
  if (/^#cloud-config\b/.test(content)) return 'cloud-config';
  if (content.includes('mon-put-instance-data.pl')) return 'mon-scripts';
  if (name.endsWith('.toml')) return /^\s*\[template\]/m.test(content) ? 'confd' : undefined;
  if (name.endsWith('.hcl')) return 'consul-template';
  if (/^\s*log_group_name\s*[=:]/m.test(content) && /^\s*\[/m.test(content)) return 'awslogs';
  if (/AWS::CloudFormation::Init|"?AWSTemplateFormatVersion"?\s*:/.test(content) && !name.endsWith('.config'))
    return 'cloudformation';
  if (/(^|\/)\.ebextensions\/|\.config$/.test(name)) return 'ebextensions';
  if (/^\s*\{/.test(content)) {
    if (/"(logs_collected|metrics_collected|metrics_collection_interval)"\s*:/.test(content))
      return 'cloudwatch-agent';
    return 'custom-json';
  }
  if (/^\s*\[\s*\{[^[]*?"key"\s*:/.test(content)) return 'consul-kv';
  return undefined;
}
