import type { IncomingMessage } from 'node:http';

/** How much of a body that is too large is still read, so that its sender can see the answer instead of a reset. */
const PATIENCE = 16;

/** The whole body, or why there is none: it has more than `limit` bytes, or the client left. Never rejects. */
export function readBody(request: IncomingMessage, limit: number): Promise<Buffer | 'too large' | 'gone'> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit) chunks.push(chunk);
      else chunks.length = 0;
      if (size > limit * PATIENCE) resolve('too large');
    });
    request.once('end', () => resolve(size > limit ? 'too large' : Buffer.concat(chunks)));
    request.once('close', () => resolve('gone'));
    request.once('error', () => resolve('gone'));
  });
}
