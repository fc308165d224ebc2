/**
 * What systemd makes of an EnvironmentFile=, after the state machine of `parse_env_file_internal` (src/basic/env-file.c, as
 * of 2025): the oracle for what we write. Whitespace and comments only as far as our files have them.
 */
export function readEnvironmentFile(text: string): Record<string, string> {
  const variables: Record<string, string> = {};
  let state: 'key' | 'comment' | 'before' | 'value' | 'escape' | 'single' | 'double' | 'double-escape' =
    'key';
  let key = '';
  let value = '';
  const end = (): void => {
    variables[key.trim()] = value;
    key = value = '';
    state = 'key';
  };
  for (const c of text) {
    switch (state) {
      case 'key':
        if (key === '' && (c === '#' || c === ';')) state = 'comment';
        else if (c === '=') state = 'before';
        else if (c === '\n' || c === '\r') key = '';
        else key += c;
        break;
      case 'comment':
        if (c === '\n' || c === '\r') state = 'key';
        break;
      case 'before':
        if (c === '\n' || c === '\r') end();
        else if (c === "'") state = 'single';
        else if (c === '"') state = 'double';
        else if (c === '\\') state = 'escape';
        else if (!/[ \t]/.test(c)) {
          state = 'value';
          value += c;
        }
        break;
      case 'value':
        if (c === '\n' || c === '\r') end();
        else if (c === '\\') state = 'escape';
        else value += c;
        break;
      case 'escape':
        state = 'value';
        if (c !== '\n' && c !== '\r') value += c;
        break;
      case 'single':
        if (c === "'") state = 'before';
        else value += c;
        break;
      case 'double':
        if (c === '"') state = 'before';
        else if (c === '\\') state = 'double-escape';
        else value += c;
        break;
      case 'double-escape':
        state = 'double';
        if ('"\\`$'.includes(c)) value += c;
        else if (c !== '\n') value += `\\${c}`;
        break;
      default:
        state satisfies never;
    }
  }
  if (state !== 'key' && state !== 'comment') end();
  return variables;
}
