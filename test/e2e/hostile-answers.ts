import type { Page } from 'playwright-core';

const MARKUP =
  '<img src=x onerror="globalThis.harmed=true">"><svg onload="globalThis.harmed=true">\u202egnp\u0000\u001b[31m';
/** One word, longer than anything that is wide. */
const LONG = 'W'.repeat(900);
export const HARM = `${MARKUP}${LONG}`;

/** What a document is read by: with anything else there it would be another document. */
const READ_BY: ReadonlySet<string> = new Set([
  'state',
  'mode',
  'source',
  'servedFrom',
  'layout',
  'interval',
  'checkpoints',
  'digest',
  'uptime',
  'age',
  'for',
]);
const TIME = /^\d{4}-\d\d-\d\dT/;

/**
 * The same document as whoever may write a layer, a tag, a file name or a message on this host could make it: each text is markup and a
 * word that does not end, but for times and for what it is read by. Names of members that are data are harmful as well.
 */
export function harmful(value: unknown, name = ''): unknown {
  if (typeof value === 'string') return READ_BY.has(name) || TIME.test(value) ? value : `${HARM} ${value}`;
  if (Array.isArray(value)) return value.map((item) => harmful(item, name));
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(([key, item]): [string, unknown] => [
    ['dropped', 'lost', 'rejected', 'tags', 'properties'].includes(name) ? `${HARM} ${key}` : key,
    harmful(item, key),
  ]);
  return Object.fromEntries(members);
}

/** Events with as much as they may have: the agent remembers 128 KiB, of which one takes a quarter. */
const MANY = 20;

/** A thousand events of every kind, as one stream. */
export function stormOf(kinds: readonly string[]): string {
  const at = new Date().toISOString();
  const keys = Array.from({ length: 1000 }, (_, index) => `${MARKUP} key ${index}`);
  const blocks = Array.from({ length: 1000 }, (_, index) => {
    const kind = kinds[index % kinds.length] ?? '';
    const data = {
      at,
      ...(harmful({
        number: index,
        release: 'r',
        code: 'c',
        action: 'found',
        key: 'k',
        reason: 'x',
      }) as object),
      ...(harmful({
        process: 'p',
        region: 'r',
        phase: 'notice',
        removed: [{ path: '/x' }],
        to: ['t'],
      }) as object),
      ...(kind === 'generation' ? { keys: index < MANY ? keys : keys.slice(0, 2) } : {}),
      changes: [harmful({ entry: `services.${index}`, subject: 's', action: 'a', reason: 'r' })],
    };
    return `id: ${index + 1}\nevent: ${kind}\ndata: ${JSON.stringify(data)}\n\n`;
  });
  // Nobody connects again within the test.
  return `retry: 600000\n\n${blocks.join('')}`;
}

/** All that the page asks for comes back harmful. @param change what else of the status is to be seen */
export async function harmfulAnswers(
  page: Page,
  change: (status: object) => object,
  kinds: readonly string[],
): Promise<void> {
  await page.route('**/v1/events*', (route) =>
    route.fulfill({ contentType: 'text/event-stream', body: stormOf(kinds) }),
  );
  await page.route(/\/v1\/(?:status|layers|generations|identity|config|explain)/, async (route) => {
    const { pathname, origin } = new URL(route.request().url());
    // The key is another by now.
    const isStory = pathname.startsWith('/v1/explain/');
    const response = await route.fetch(isStory ? { url: `${origin}/v1/explain/db.url` } : {});
    if (response.status() !== 200) {
      await route.fulfill({ response });
      return;
    }
    const document = (await response.json()) as object;
    await route.fulfill({ response, json: harmful(pathname === '/v1/status' ? change(document) : document) });
  });
}
