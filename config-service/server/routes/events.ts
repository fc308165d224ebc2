import { sendBusy } from '../http/conditional.ts';
import type { Exchange } from '../http/exchange.ts';
import { ALWAYS } from '../http/headers.ts';
import { sendInvalid } from '../http/reply.ts';

/** `GET /v1/events`: server-sent events. A browser that reconnects sends `Last-Event-ID`, which is newer than its `since`. */
export async function getEvents(exchange: Exchange): Promise<void> {
  const { api, request, response, headers, search } = exchange;
  const asked = headers.lastEventId ?? new URLSearchParams(search).get('since') ?? undefined;
  if (asked !== undefined && !/^\d{1,15}$/.test(asked)) {
    sendInvalid(
      exchange,
      'since is not an event id',
      'Give the id of the last event seen, or 0 for all remembered.',
    );
    return;
  }
  const isOver = request.method === 'HEAD' || api.draining;
  const leave = isOver ? undefined : await api.streams.place(response, exchange.authorized);
  if (response.destroyed) return;
  if (!isOver && leave === undefined) {
    sendBusy(exchange);
    return;
  }
  // A stream ends only with its connection, or with the server.
  response.shouldKeepAlive = false;
  response.writeHead(200, ['Content-Type', 'text/event-stream; charset=utf-8', ...ALWAYS]);
  if (leave === undefined) response.end();
  else api.streams.open(response, asked === undefined ? undefined : Number(asked), leave);
}
