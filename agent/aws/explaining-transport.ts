import type { Pin } from './pin.ts';
import { askedBy, type Stack } from './stack.ts';
import type { Transport } from './transport.ts';

/**
 * `transport`, which says of a name that does not resolve who asked for it: AWS has such hosts for most services in most
 * regions, its rules give names for all of them, and another host is never taken in their place.
 */
export function explainingTransport(transport: Transport, stack: Stack, { region }: Pin): Transport {
  if (askedBy(stack) === '') return transport;
  return {
    send: async (request) => {
      const result = await transport.send(request);
      if (result.kind !== 'failure' || result.reason !== 'dns') return result;
      const says = `${request.origin.hostname} is asked for by ${askedBy(stack)}, and perhaps none is in ${region}`;
      return { ...result, detail: `${result.detail}; ${says}` };
    },
  };
}
