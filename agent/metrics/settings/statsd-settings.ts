import type { Json } from '../../plan/json.ts';
import type { StatsdSettings } from './metrics-settings.ts';
import { isMap, settingsSheet, type SettingsSheet } from './settings-sheet.ts';

const MAX_SERIES = 1_000;

/** `statsd: 127.0.0.1:8125`, or a map with `address`, `tags` and `maxSeries`. */
export function readStatsd(
  sheet: SettingsSheet,
  report: (message: string) => void,
): StatsdSettings | undefined {
  const given = sheet.read('statsd', 'an address or a map', (value) =>
    isMap(value) ? value : typeof value === 'string' ? { address: value } : undefined,
  );
  if (given === undefined) return undefined;
  const part = settingsSheet('metrics.statsd', given, report);
  const address = part.read('address', 'a loopback address with a port, such as 127.0.0.1:8125', addressOf);
  const tags = part.texts('tags');
  const maxSeries = part.read('maxSeries', 'a number from 1 to 100000', countOf) ?? MAX_SERIES;
  if (!part.has('address')) part.problem('address', 'is needed, such as 127.0.0.1:8125');
  part.end();
  return address && { ...address, tags, maxSeries };
}

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
