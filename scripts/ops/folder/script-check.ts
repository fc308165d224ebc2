import type { LayerFile } from '#config-service';
import { argvOf } from '#agent/apply/commands/interpreter.ts';
import type { Plan, PlanAsset } from '#agent/plan/plan.ts';
import type { Problem } from '#kit/errors.ts';
import type { Part } from './simulation-part.ts';

/** Whether what scripts and hooks run can be started at all: a program, a `#!` line, or text for /bin/sh. */
export function createScriptCheck(
  asset: (asset: PlanAsset) => LayerFile | undefined,
): (plan: Pick<Plan, 'scripts' | 'hooks'>) => Part {
  const known = new Map<string, Part>();
  return ({ scripts, hooks }) => {
    const run = [...scripts, ...Object.values(hooks).flat()].flatMap((entry) => entry.run ?? []);
    const files = new Map(run.map((one) => [`${one.layer}/${one.path}`, one]));
    const parts = [...files].map(([name, one]) => {
      const file = asset(one);
      const part = known.get(name) ?? (file === undefined ? {} : checkScript(name, file.bytes));
      known.set(name, part);
      return part;
    });
    return {
      problems: parts.flatMap(({ problems }) => problems ?? []),
      warnings: parts.flatMap(({ warnings }) => warnings ?? []),
    };
  };
}

const BYTE_ORDER_MARK = '\uFEFF';

function checkScript(file: string, bytes: Uint8Array): Part {
  const [interpreter] = argvOf(bytes, file);
  if (interpreter === file) return {};
  const text = Buffer.from(bytes).toString('utf8');
  const lines = text.split('\n');
  const at = (message: string, line = 1): Problem => ({ code: 'LF_PLAN_INVALID', message, file, line });
  if (text.includes('\0'))
    return { problems: [at('it is neither a program for this system nor the text of a script')] };
  if (!interpreter.startsWith('/'))
    return { problems: [at(`its #! line names '${interpreter}', and only an absolute path can be run`)] };

  const warnings: Problem[] = [];
  const carriage = lines.findIndex((line) => line.endsWith('\r'));
  if (carriage !== -1)
    warnings.push(at('the line ends in CR LF, and the CR becomes a part of its last word', carriage + 1));
  if (text.startsWith(BYTE_ORDER_MARK))
    warnings.push(at('it begins with a byte order mark, which hides its first line from the system'));
  else if (!text.startsWith('#!') && OTHER_LANGUAGE.test(file))
    warnings.push(at('it has no #! line, so /bin/sh runs it'));
  return { warnings };
}

const OTHER_LANGUAGE = /\.(?:bash|js|lua|mjs|php|pl|py|rb|zsh)$/;
