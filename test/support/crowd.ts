import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';

/** As root a test can be two users. */
export const IS_ROOT = process.geteuid?.() === 0;

/** `nobody`. */
export const OTHER_UID = 65_534;

const PROGRAM = `
const { connect } = require('node:net');
const [port, size, send, spread] = JSON.parse(process.argv[1]);
const open = (left) => {
  if (left === 0) return console.log('there');
  const localAddress = spread ? '127.0.0.' + (2 + (left % 250)) : '127.0.0.1';
  const socket = connect({ port, host: '127.0.0.1', localAddress });
  socket.on('error', () => {});
  socket.on('data', () => {});
  socket.once('connect', () => {
    socket.write(send);
    open(left - 1);
  });
};
open(size);
`;

/** Connections of another user over TCP that stay, each with something sent, until the test has finished. */
export async function crowdOfAnother(
  port: number,
  size: number,
  send: string,
  spread: boolean,
): Promise<void> {
  const child = spawn(process.execPath, ['-e', PROGRAM, JSON.stringify([port, size, send, spread])], {
    uid: OTHER_UID,
    gid: OTHER_UID,
    cwd: '/',
    env: {},
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
}

const LISTENER = `
const server = require('node:http').createServer((request, response) => {
  console.log(JSON.stringify(request.headers));
  response.setHeader('content-type', 'application/json');
  response.end('{"properties":{"perl5opt":"-Mevil"},"ready":true}');
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
`;

/** A program of another user that listens on loopback and answers everything, until the test has finished. */
export async function listenerOfAnother(): Promise<{ readonly port: number; asked(): string }> {
  const child = spawn(process.execPath, ['-e', LISTENER], {
    uid: OTHER_UID,
    gid: OTHER_UID,
    cwd: '/',
    env: {},
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  await once(child.stdout, 'data');
  const [port = ''] = said.split('\n');
  return { port: Number(port), asked: () => said.slice(port.length + 1) };
}
