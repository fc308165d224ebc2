import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { appendFileSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';

/** The application of the demo: a line in its log and a count to statsd for each payslip. It knows nothing of Landfall. */
export class Payslips {
  readonly lines: string[] = [];
  readonly #region: string;
  readonly #log: string;

  constructor(folder: string, region: string) {
    this.#region = region;
    this.#log = join(folder, 'payslips.log');
    mkdirSync(folder, { recursive: true });
  }

  pay(count: number): void {
    const from = this.lines.length;
    for (let number = from + 1; number <= from + count; number += 1)
      this.lines.push(`payslip ${number} of ${this.#region} is paid`);
    appendFileSync(this.#log, `${this.lines.slice(from).join('\n')}\n`);
  }

  /** As logrotate does. */
  rotate(): void {
    renameSync(this.#log, `${this.#log}.1`);
  }

  /** Counts every payslip, ten in a datagram. */
  async count(port: number): Promise<void> {
    const socket = createSocket('udp4');
    socket.connect(port, '127.0.0.1');
    await once(socket, 'connect');
    for (let sent = 0; sent < this.lines.length; sent += 10) {
      const datagram = `payslips.paid:${Math.min(10, this.lines.length - sent)}|c`;
      await new Promise((resolve) => socket.send(datagram, resolve));
    }
    socket.close();
  }
}
