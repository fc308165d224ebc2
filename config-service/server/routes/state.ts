import { prefers } from '../http/accept.ts';
import type { Exchange } from '../http/exchange.ts';
import { sendJson, sendText } from '../http/reply.ts';

/** `GET /healthz`: says only that the process runs; a restart would not help an agent whose source is down. */
export function getHealth(exchange: Exchange): void {
  sendJson(exchange, 200, { status: 'ok', version: exchange.api.version });
}

/** `GET /readyz`. */
export function getReadiness(exchange: Exchange): void {
  const { ready, reasons, waits = [] } = exchange.api.backend.readiness();
  if (ready) sendJson(exchange, 200, { ready: true, ...(waits.length > 0 ? { waits } : {}) });
  else sendJson(exchange, 503, { ready: false, reasons }, ['Retry-After', '1']);
}

/** `GET /v1/identity`. */
export function getIdentity(exchange: Exchange): void {
  sendJson(exchange, 200, exchange.api.backend.identity());
}

/** `GET /v1/status`. */
export function getStatus(exchange: Exchange): void {
  sendJson(exchange, 200, exchange.api.backend.status());
}

const OPENMETRICS = 'application/openmetrics-text';

/**
 * `GET /metrics`: OpenMetrics to a scraper that asks for it, as Prometheus does; else the older text format, which
 * `promtool check metrics` reads from a plain `curl`.
 */
export function getMetrics(exchange: Exchange): void {
  const { backend } = exchange.api;
  if (prefers(exchange.headers.accept, OPENMETRICS, 'text/plain')) {
    const type = `${OPENMETRICS}; version=1.0.0; charset=utf-8`;
    sendText(exchange, 200, type, backend.metrics('openmetrics'), ['Vary', 'Accept']);
  } else {
    sendText(exchange, 200, 'text/plain; version=0.0.4; charset=utf-8', backend.metrics('text'), [
      'Vary',
      'Accept',
    ]);
  }
}
