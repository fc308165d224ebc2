import { globSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Peer } from './peer.ts';
import { programsNamed, saidBy } from './programs.ts';
import { openRelpSink } from './relp-sink.ts';

/** imfile -> a queue on disk -> RELP, which acknowledges each message: what its documentation advises against loss. */
function rsyslog(mode: 'inotify' | 'polling'): Peer {
  return {
    name: mode === 'inotify' ? 'rsyslog' : 'rsyslog-polling',
    settings: `imfile ${mode === 'polling' ? 'mode="polling" pollingInterval="1"' : 'mode="inotify"'} reopenOnTruncate="on" persistStateInterval="1000" persistStateAfterSubmission="on"; queue.type="Disk" queue.size="1000000" queue.dequeueBatchSize="1024" queue.checkpointInterval="1" queue.saveOnShutdown="on"; omrelp windowSize="1024" action.resumeRetryCount="-1" action.resumeInterval="1"`,
    find() {
      const [program] = programsNamed('rsyslogd');
      if (program === undefined || globSync('/usr/lib/*/rsyslog/omrelp.so').length === 0)
        return { missing: 'apt-get install rsyslog rsyslog-relp' };
      return { program, version: /^rsyslogd\s+(\S+)/.exec(saidBy(program, '-v'))?.[1] ?? 'unknown' };
    },
    async open({ program }, folder, log) {
      const sink = await openRelpSink();
      const work = join(folder, 'work');
      mkdirSync(work);
      const config = join(folder, 'rsyslog.conf');
      writeFileSync(config, configOf({ mode, work, log, port: sink.port }));
      return {
        sink,
        command: [program, '-n', '-f', config, '-i', join(folder, 'pid')],
        env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
        [Symbol.asyncDispose]: () => sink[Symbol.asyncDispose](),
      };
    },
  };
}

export const rsyslogInotify = rsyslog('inotify');
export const rsyslogPolling = rsyslog('polling');

interface Wiring {
  readonly mode: 'inotify' | 'polling';
  readonly work: string;
  readonly log: string;
  readonly port: number;
}

function configOf({ mode, work, log, port }: Wiring): string {
  return [
    `global(workDirectory="${work}" maxMessageSize="64k")`,
    `module(load="imfile" mode="${mode}"${mode === 'polling' ? ' pollingInterval="1"' : ''})`,
    'module(load="omrelp")',
    'template(name="line" type="string" string="%msg%")',
    'ruleset(name="ship" queue.type="Disk" queue.filename="ship" queue.maxDiskSpace="2g" queue.size="1000000" queue.dequeueBatchSize="1024" queue.checkpointInterval="1" queue.saveOnShutdown="on" queue.timeoutEnqueue="2147483647") {',
    `  action(type="omrelp" target="127.0.0.1" port="${port}" windowSize="1024" template="line" action.resumeRetryCount="-1" action.resumeInterval="1")`,
    '}',
    `input(type="imfile" file="${log}" tag="app" ruleset="ship" reopenOnTruncate="on" persistStateInterval="1000" persistStateAfterSubmission="on")`,
    '',
  ].join('\n');
}
