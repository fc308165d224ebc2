const ASKS_FOR_HOST =
  /:\/\/(?:[^\s/@]*@)?$|(?:endpoint|host|url|uri|server|addr|address)[\w.-]*["']?\s*[:=]\s*["']?$/i;

/** Whether what stands before a name wants a host: `http://`, `endpoint=`. A name of a service may be a principal else. */
export function asksForHost(before: string): boolean {
  return ASKS_FOR_HOST.test(before);
}
