import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { PEER_TABLE, peersOf } from '#config-service';
import { LandfallError, type Fault } from '#kit/errors.ts';

/** Whose answers are believed beside root's: those of the owner of the run folder, and one's own. */
export interface Believed {
  readonly runDir: string;
  /** The effective user id of this process. */
  readonly uid: number;
}

export interface LoopbackDoor {
  readonly host: string;
  readonly port: number;
}

const LOOK_EVERY_MS = 5;

/**
 * A connection to the agent's port, with a program of root, of this user or of the owner of the run folder on its other end.
 * While the agent is down any user of the host can listen on that port, and what it answers would be the environment of
 * programs that `landfall exec` starts for root. Nothing is sent before that is known.
 * @throws what connect(2) fails with, the reason of the signal, or LandfallError `LF_AGENT_NOT_RUNNING` that names the user.
 */
export async function openLoopback(
  door: LoopbackDoor,
  believed: Believed,
  signal: AbortSignal,
): Promise<Socket> {
  const socket = connect(door);
  try {
    await once(socket, 'connect', { signal });
    const uid = await userBehind(socket, signal);
    if (uid !== undefined && !uidsOf(believed).has(uid))
      throw new LandfallError(stranger(`${door.host}:${door.port}`, uid, `ss -ltnp sport = :${door.port}`));
    return socket;
  } catch (error) {
    socket.destroy();
    throw signal.aborted ? signal.reason : error;
  }
}

/**
 * A socket of another user is not the agent's, wherever the settings say it is (`/tmp`, a folder that all may write to).
 * @throws LandfallError `LF_AGENT_NOT_RUNNING`.
 */
export function checkSocket(path: string, believed: Believed): void {
  const owner = ownerOf(path);
  if (owner === undefined || uidsOf(believed).has(String(owner))) return;
  throw new LandfallError(stranger(path, String(owner), `ls -l ${path}`));
}

/** By uid, once the other end is held by a process, which is when the connection is accepted. Undefined where there is no table. */
async function userBehind(socket: Socket, signal: AbortSignal): Promise<string | undefined> {
  while (existsSync(PEER_TABLE)) {
    const uid = (await peersOf([socket])).get(socket);
    if (uid !== undefined) return uid;
    await sleep(LOOK_EVERY_MS, undefined, { signal });
  }
  return undefined;
}

/** An agent that is not root's has a run folder of its own. */
function uidsOf({ runDir, uid }: Believed): ReadonlySet<string> {
  return new Set([0, uid, ownerOf(runDir)].map(String));
}

function ownerOf(path: string): number | undefined {
  try {
    return statSync(path).uid;
  } catch {
    return undefined;
  }
}

function stranger(place: string, uid: string, look: string): Fault {
  return {
    code: 'LF_AGENT_NOT_RUNNING',
    operation: 'reach',
    subject: 'the agent',
    cause: `a program of user ${uid} listens on ${place} in its place`,
    hint: `Look which with \`${look}\`, end it, and start the agent.`,
  };
}
