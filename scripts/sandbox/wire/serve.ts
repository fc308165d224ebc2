import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '#kit/clock.ts';
import { deliver } from './delivery.ts';
import type { Spoil } from './delivery.ts';
import { header } from './exchange.ts';
import type { Reaction, SandboxRequest, Service } from './exchange.ts';
import type { Effect, Faults } from './faults.ts';
import type { RequestLog } from './request-log.ts';

/** What all listeners of one sandbox share. */
export interface Stage {
  readonly clock: Clock;
  readonly faults: Faults;
  readonly requests: RequestLog;
  /** Aborted when the sandbox closes. */
  readonly closing: AbortSignal;
}

/** One request through one service: fault, answer, log, wire. `where` is what IMDS knows of its instance. */
export async function serve(
  stage: Stage,
  service: Service,
  request: SandboxRequest,
  response: ServerResponse<IncomingMessage>,
  where: { readonly region?: string; readonly instanceId?: string } = {},
): Promise<void> {
  const at = stage.clock.now();
  const { operation, path } = service.describe(request);
  const { method } = request;
  const region = where.region ?? request.caller.region;
  const fault = stage.faults.take({ service: service.name, operation, method, path, region });
  if (fault?.delayMs !== undefined) await stage.clock.sleep(fault.delayMs, stage.closing);
  const reaction = react(service, request, fault?.effect);
  const spoil = spoilOf(fault?.effect);
  stage.requests.record({
    at,
    service: service.name,
    operation,
    method,
    path,
    query: request.query.toString(),
    host: header(request, 'host'),
    region,
    ...(where.instanceId === undefined ? {} : { instanceId: where.instanceId }),
    status: typeof reaction === 'string' || spoil === 'lose' ? 0 : reaction.status,
    expectedOwner: header(request, 'x-amz-expected-bucket-owner'),
    ifNoneMatch: header(request, 'if-none-match'),
  });
  await deliver(response, reaction, spoil, stage.clock, stage.closing);
}

function react(service: Service, request: SandboxRequest, effect: Effect | undefined): Reaction {
  if (effect === undefined || spoilOf(effect) !== undefined) return service.answer(request);
  if (effect === 'reset' || effect === 'hang') return effect;
  const dialect = service.dialect(request);
  if (typeof effect === 'string') {
    return dialect.error(dialect.throttle.status, dialect.throttle.code, 'Please reduce your request rate.');
  }
  const envelope = dialect.error(effect.status, effect.code ?? 'InternalError', 'A planted fault.');
  return {
    status: effect.status,
    headers: { ...envelope.headers, ...effect.headers },
    body: effect.body ?? envelope.body,
  };
}

function spoilOf(effect: Effect | undefined): Spoil | undefined {
  return effect === 'truncate' || effect === 'trickle' || effect === 'lose' ? effect : undefined;
}
