import { printEnv, printProperties, printYaml, type Pairs } from '../../properties/print.ts';
import { TEXT_TYPE } from '../http/headers.ts';

export interface Format {
  readonly type: string;
  print(pairs: Pairs): string;
}

/** The formats of `GET /v1/config` beside `json`. In all of them a typed list is its JSON text. */
export const FORMATS: ReadonlyMap<string, Format> = new Map<string, Format>([
  ['yaml', { type: 'application/yaml; charset=utf-8', print: printYaml }],
  ['properties', { type: TEXT_TYPE, print: printProperties }],
  ['env', { type: TEXT_TYPE, print: envWithOmissions }],
]);

/** Says in comments at the end what the variables above cannot hold, rather than leaving it out in silence. */
function envWithOmissions(pairs: Pairs): string {
  const { text, collisions, unprintable } = printEnv(pairs);
  const omissions = [
    ...collisions.flatMap(({ name, keys: [first, ...others] }) =>
      others.map((key) => `# ${JSON.stringify(key)} left out: ${name} is ${JSON.stringify(first)}\n`),
    ),
    ...unprintable.map((key) => `# ${JSON.stringify(key)} left out: its value holds a NUL\n`),
  ];
  return text + omissions.join('');
}
