/**
 * Whether `entry` is a half written NAME beside it. As `writeFileAtomic` names them (`NAME`.PID.N.tmp), and as apply does:
 * `.landfall-DIGEST.tmp` for a target, `NAME`.landfall-init for a file of an init document, `.NAME.next` for a link.
 */
export function isTemporaryOf(entry: string, name: string): boolean {
  if (/^\.landfall-[0-9a-f]{16}\.tmp$/.test(entry)) return true;
  if (entry === '.current.next' && name === 'current') return true;
  return (
    entry.startsWith(`${name}.`) && /^(?:\d+\.\d+\.tmp|landfall-init)$/.test(entry.slice(name.length + 1))
  );
}
