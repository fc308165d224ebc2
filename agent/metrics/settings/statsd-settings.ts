import type { Json } from '../../plan/json.ts';
import { SettingsSheet } from '../../plan/settings-sheet.ts';
import type { StatsdSettings } from './metrics-settings.ts';

const MAX_SERIES = 1_000;

/** `statsd: 127.0.0.1:8125`, or a map with `address`, `tags` and `maxSeries`. */
export function readStatsd(sheet: SettingsSheet): StatsdSettings | undefined {
  const given = sheet.either('statsd');
  if (given === undefined) return undefined;
  if (!(given instanceof SettingsSheet)) {
    const address = addressOf(given);
    if (address === undefined) sheet.problem('statsd', `must be ${ADDRESS}`);
    return address && { ...address, tags: undefined, maxSeries: MAX_SERIES };
  }
  const address = given.value('address', ADDRESS, addressOf);
  const tags = given.texts('tags');
  const maxSeries = given.value('maxSeries', 'a number from 1 to 100000', countOf) ?? MAX_SERIES;
  if (!given.has('address')) given.problem('address', 'is needed, such as 127.0.0.1:8125');
  given.end();
  return address && { ...address, tags, maxSeries };
}

const ADDRESS = 'a loopback address with a port, such as 127.0.0.1:8125';

/** Anybody who can send a datagram could make series that cost money: from this host only. */
function addressOf(value: Json): { host: string; port: number } | undefined {
  const match = /^(127(?:\.\d{1,3}){3}|\[::1\]|localhost):(\d{1,5})$/.exec(
    typeof value === 'string' ? value : '',
  );
  if (!match) return undefined;
  const [, host = '', port = ''] = match;
  const plain = host === 'localhost' ? '127.0.0.1' : host.replace(/^\[(.*)\]$/, '$1');
  const number = Number(port);
  return number <= 65_535 ? { host: plain, port: number } : undefined;
}

function countOf(value: Json): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 100_000
    ? value
    : undefined;
}
