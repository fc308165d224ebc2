import type { Server } from 'node:net';

/** A TCP server on loopback that can go away and come back on its port. */
export class Listening {
  readonly #make: () => Server;
  #server: Server | undefined;
  #port = 0;
  readonly #sockets = new Set<{ destroy(): unknown }>();

  /** @param make gives a server that does not listen yet. */
  static async open(make: () => Server): Promise<Listening> {
    const listening = new Listening(make);
    await listening.restore();
    return listening;
  }

  private constructor(make: () => Server) {
    this.#make = make;
  }

  get port(): number {
    return this.#port;
  }

  /** Connections are cut off, new ones refused. */
  async cut(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server) return;
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async restore(): Promise<void> {
    const server = this.#make();
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => socket.destroy()).on('close', () => this.#sockets.delete(socket));
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(this.#port, '127.0.0.1', resolve);
    });
    const address = server.address();
    if (address !== null && typeof address === 'object') this.#port = address.port;
    this.#server = server;
  }
}
