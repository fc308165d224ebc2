/** The result object of the operation, or the error that AWS would name. */
export type LogsReply =
  | { readonly kind: 'ok'; readonly body: object }
  | { readonly kind: 'error'; readonly code: string; readonly message: string };

export function done(body: object = {}): LogsReply {
  return { kind: 'ok', body };
}

export function invalid(name: string): LogsReply {
  return failed('InvalidParameterException', `Value at '${name}' failed to satisfy constraint`);
}

export function notFound(what: string): LogsReply {
  return failed('ResourceNotFoundException', `The specified ${what} does not exist.`);
}

export function alreadyExists(what: string): LogsReply {
  return failed('ResourceAlreadyExistsException', `The specified ${what} already exists`);
}

export function failed(code: string, message: string): LogsReply {
  return { kind: 'error', code, message };
}
