import http from 'node:http';
import { connect } from 'node:net';
import { usage } from '../console/options.ts';
import type { Patience } from './patience.ts';

/** Where green says whether it is well. */
export interface Probe {
  readonly text: string;
  readonly url: URL;
}

/** @throws LandfallError `LF_USAGE`. */
export function readProbe(text: string, option = '--probe'): Probe {
  const url = URL.parse(text);
  const known = url && /^(?:https?|tcp):$/.test(url.protocol) && url.hostname !== '';
  if (known && (url.protocol !== 'tcp:' || url.port !== '')) return { text, url };
  throw usage(`${option} ${text}`, 'it is no probe', 'Write it as http://HOST/healthz or tcp://HOST:PORT.');
}

const TIMEOUT_MS = 5_000;

/**
 * Whether it answers well in one of so many tries, a poll apart: undefined, or what the last try showed. Any status below 400
 * is well; redirects are not followed, for another host is not what was asked about.
 */
export async function probeFails(
  { url }: Probe,
  tries: number,
  patience: Patience,
): Promise<string | undefined> {
  let last: string | undefined;
  for (let left = tries; left > 0; left -= 1) {
    last = await probeOnce(url, Math.min(TIMEOUT_MS, patience.remainingMs()), patience.signal);
    if (last === undefined) return undefined;
    if (left > 1 && (await patience.sleep(patience.pollMs)) !== 'on') return last;
  }
  return last;
}

function probeOnce(url: URL, timeoutMs: number, signal: AbortSignal): Promise<string | undefined> {
  return url.protocol === 'tcp:' ? connects(url, timeoutMs, signal) : answers(url, timeoutMs, signal);
}

async function answers(url: URL, timeoutMs: number, signal: AbortSignal): Promise<string | undefined> {
  const { request } = url.protocol === 'https:' ? await import('node:https') : http;
  return await new Promise((resolve) => {
    // Without a pool: a kept connection would ask whoever had the address before.
    const either = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    const asked = request(url, { agent: false, signal: either }, (response) => {
      const status = response.statusCode ?? 0;
      response.destroy();
      resolve(status >= 200 && status < 400 ? undefined : `it answered ${status}`);
    });
    asked.once('error', (error) => resolve(explained(error, timeoutMs)));
    asked.end();
  });
}

function connects(url: URL, timeoutMs: number, signal: AbortSignal): Promise<string | undefined> {
  return new Promise((resolve) => {
    const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
    const socket = connect({ host, port: Number(url.port), timeout: timeoutMs, signal });
    const end = (result: string | undefined): void => {
      socket.destroy();
      resolve(result);
    };
    socket.once('connect', () => end(undefined));
    socket.once('timeout', () => end(`no answer in ${timeoutMs} ms`));
    socket.once('error', (error) => end(explained(error, timeoutMs)));
  });
}

function explained(error: Error, timeoutMs: number): string {
  return error.name === 'AbortError' ? `no answer in ${timeoutMs} ms` : error.message;
}
