import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { DepartingSite } from './departing-site.ts';

const DOCUMENT = (other: object): string =>
  JSON.stringify({
    configSets: { default: ['app', 'other'] },
    other,
    app: {
      files: { 'TRACES/app.conf': { content: 'port=PORT\n' } },
      commands: { edit: { command: 'sed -i s/PORT/8080/ TRACES/app.conf; echo edit >> TRACES/ran' } },
    },
  });

it('a new generation and a restart leave a document that ended well alone, a changed one runs again with its commands', async () => {
  const plan = 'init: { app: { document: files/init.json } }\n';
  await using site = await DepartingSite.open(plan, { 'base/files/init.json': DOCUMENT({}) });
  const content = (): string => readFileSync(join(site.folder, 'app.conf'), 'utf8');
  const first = await site.run();
  expect(content()).toBe('port=8080\n');
  site.put('base/app.properties', 'a=2\n');
  await first.serves('a', '2');
  await first.settles();
  await first.kill();
  const second = await site.run();
  await second.settles();
  expect([content(), site.traces('ran')]).toEqual(['port=8080\n', ['edit']]);
  site.put('base/files/init.json', DOCUMENT({ groups: {} }));
  await second.settles();
  expect([content(), site.traces('ran')]).toEqual(['port=8080\n', ['edit', 'edit']]);
});
