import type { Exchange } from '../http/exchange.ts';
import { pageHeaders } from '../http/page.ts';
import { sendText } from '../http/reply.ts';
import { sendNoSuchRoute } from './no-such-route.ts';

/** `GET /`: the page for people. What it shows it asks of the other routes, by the rules of everybody. */
export async function getPage(exchange: Exchange): Promise<void> {
  const html = await exchange.api.readPage?.();
  if (html === undefined) sendNoSuchRoute(exchange);
  else sendText(exchange, 200, 'text/html; charset=utf-8', html, pageHeaders(html));
}
