import { writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Listening } from './listening.ts';
import type { Peer, Sink } from './peer.ts';
import { programsNamed, saidBy } from './programs.ts';

/** A followed file -> a reliable disk buffer with flow control -> HTTP, which acknowledges each batch. */
export const syslogNg: Peer = {
  name: 'syslog-ng',
  settings:
    'wildcard-file(monitor-method(poll) follow-freq(0.1) log-fetch-limit(1000) log-iw-size(10000)); http(batch-lines(500) retries(1000000)); disk-buffer(reliable(yes)); flags(flow-control)',
  find() {
    for (const program of programsNamed('syslog-ng')) {
      const said = saidBy(program, '--version');
      const version = /^Installer-Version: (\S+)/m.exec(said)?.[1];
      if (version !== undefined && /^Available-Modules:.*\bhttp\b/m.test(said)) return { program, version };
    }
    return { missing: 'apt-get install syslog-ng-core syslog-ng-mod-http' };
  },
  async open({ program }, folder, log) {
    const sink = await openHttpSink();
    const config = join(folder, 'syslog-ng.conf');
    writeFileSync(config, configOf({ folder, log, url: sink.url }));
    return {
      sink,
      command: [
        program,
        '--foreground',
        '--no-caps',
        '--cfgfile',
        config,
        '--persist-file',
        join(folder, 'persist'),
        '--pidfile',
        join(folder, 'pid'),
        '--control',
        join(folder, 'control'),
      ],
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
      [Symbol.asyncDispose]: () => sink[Symbol.asyncDispose](),
    };
  },
};

interface Wiring {
  readonly folder: string;
  readonly log: string;
  readonly url: string;
}

function configOf({ folder, log, url }: Wiring): string {
  const place = /^(?<base>.*)\/(?<name>[^/]+)$/.exec(log)?.groups ?? {};
  return [
    '@version: 3.35',
    'options { time-reopen(1); stats-freq(0); };',
    `source app { wildcard-file(base-dir("${place['base']}") filename-pattern("${place['name']}") monitor-method(poll) follow-freq(0.1) log-fetch-limit(1000) log-iw-size(10000) flags(no-parse)); };`,
    `destination ship { http(url("${url}") method("POST") body("$MSG") batch-lines(500) batch-timeout(500) timeout(10) retries(1000000)`,
    `  disk-buffer(reliable(yes) dir("${folder}") disk-buf-size(2147483648) mem-buf-size(10485760))); };`,
    'log { source(app); destination(ship); flags(flow-control); };',
    '',
  ].join('\n');
}

interface HttpSink extends Sink, AsyncDisposable {
  readonly url: string;
}

/** Takes lines as bodies of POST, and answers 200 once they are kept. */
export async function openHttpSink(): Promise<HttpSink> {
  const arrived: string[] = [];
  const listening = await Listening.open(() =>
    createServer((request, response) => void keep(request, response)),
  );
  return {
    url: `http://127.0.0.1:${listening.port}/`,
    read: () => arrived.splice(0),
    cut: () => listening.cut(),
    restore: () => listening.restore(),
    [Symbol.asyncDispose]: () => listening.cut(),
  };

  async function keep(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // Cut off in the middle: nothing of it is kept.
    const body = await text(request).catch(() => undefined);
    if (body === undefined) return;
    for (const line of body.split('\n')) if (line !== '') arrived.push(line);
    response.end('kept\n');
  }
}
