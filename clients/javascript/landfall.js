import { askDoor, chooseDoor } from './door.js';
import { createPropertyReader } from './property.js';
import { readSnapshot } from './snapshot.js';

const HELD_MS = 60_000;
const ANSWER_MS = 10_000;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2000;

/** The configuration could not be read. `code` is one of Landfall's error codes, where the agent gave one. */
export class LandfallError extends Error {
  constructor(message, { code = 'LF_AGENT', cause } = {}) {
    super(message, { cause });
    this.name = 'LandfallError';
    this.code = code;
  }
}

/** Waits for an agent that has a configuration, at most `wait` ms, and follows it until `close()`. */
export async function connect({ wait = 30_000, ...options } = {}) {
  const end = Date.now() + wait;
  const door = chooseDoor(options);
  for (let pauses = 0; ; pauses += 1) {
    try {
      const { snapshot } = await ask(door, undefined, { timeoutMs: ANSWER_MS, isHeld: true });
      return new Configuration(door, snapshot);
    } catch (cause) {
      if (Date.now() >= end) {
        throw new LandfallError(`no configuration from ${door.name}: ${cause.message}`, {
          code: cause.code,
          cause,
        });
      }
      await sleep(Math.min(pauseOf(pauses), Math.max(end - Date.now(), 0)), true);
    }
  }
}

class Configuration {
  #door;
  #snapshot;
  #problem;
  #closing = new AbortController();
  #properties = new Set();
  /** A program that asks for a property with each request leaves nothing behind, however long nothing changes. */
  #gone = new FinalizationRegistry((reference) => this.#properties.delete(reference));
  #listeners = new Set();

  constructor(door, snapshot) {
    this.#door = door;
    this.#snapshot = snapshot;
    void this.#follow();
  }

  /** The generation that is in force: frozen, so that all reads of one piece of work see the same. */
  get snapshot() {
    return this.#snapshot;
  }

  /** Why the agent cannot be asked at present; then `snapshot` is the last good one. Undefined while all is well. */
  get problem() {
    return this.#problem;
  }

  get(key, fallback) {
    return this.#snapshot.get(key) ?? fallback;
  }

  property(key) {
    const readSnapshotNow = () => this.#snapshot;
    const state = {
      get snapshot() {
        return readSnapshotNow();
      },
      follow: (property, read) => {
        READERS.set(property, read);
        const reference = new WeakRef(property);
        this.#properties.add(reference);
        this.#gone.register(property, reference);
      },
      listen: (property, listener) => {
        // Held strongly from here on: who listens need not keep the property, too.
        const entry = { property, tell: (changed) => changed.has(property) && listener(property.value) };
        this.#listeners.add(entry);
        return () => this.#listeners.delete(entry);
      },
    };
    return createPropertyReader(key, state);
  }

  /** Calls back with each new snapshot, after all properties have their new values. */
  onChange(listener) {
    const entry = { tell: (_changed, snapshot) => listener(snapshot) };
    this.#listeners.add(entry);
    return () => this.#listeners.delete(entry);
  }

  close() {
    this.#closing.abort();
    this.#listeners.clear();
    this.#properties.clear();
  }

  async #follow() {
    const { signal } = this.#closing;
    for (let failures = 0; !signal.aborted;) {
      const began = Date.now();
      try {
        const { snapshot } = await ask(this.#door, this.#snapshot.etag, {
          timeoutMs: HELD_MS + ANSWER_MS,
          signal,
          isHeld: false,
        });
        failures = 0;
        this.#problem = undefined;
        if (snapshot !== undefined && !signal.aborted) this.#adopt(snapshot);
        // One that is told at once that nothing changed had to make room for others: it does not ask in a circle.
        else if (Date.now() - began < 1000) await sleep(pauseOf(3));
      } catch (error) {
        this.#problem = error;
        if (!signal.aborted) await sleep(pauseOf(failures));
        failures += 1;
      }
    }
  }

  #adopt(snapshot) {
    this.#snapshot = snapshot;
    const changed = new Set();
    for (const reference of this.#properties) {
      const property = reference.deref();
      if (property !== undefined && READERS.get(property)()) changed.add(property);
    }
    const listeners = [...this.#listeners];
    for (const { tell } of listeners) {
      try {
        // One that is async fails later, and would end the program.
        Promise.resolve(tell(changed, snapshot)).catch(warn);
      } catch (error) {
        warn(error);
      }
    }
  }
}

/** A listener that fails takes the new configuration from none of the others, nor from the program. */
function warn(error) {
  process.emitWarning(`a listener of the configuration failed: ${error?.stack ?? error}`, 'LandfallWarning');
}

/** What reads a property anew, by the property: kept beside it, so that the set of all holds none of them. */
const READERS = new WeakMap();

async function ask(door, etag, options) {
  const path = etag === undefined ? '/v1/config' : `/v1/config?wait=${HELD_MS / 1000}s`;
  const answer = await askDoor(door, path, { etag, ...options });
  if (answer.status === 304 && etag !== undefined) return {};
  if (answer.status !== 200) throw refusal(door, answer);
  const snapshot = readSnapshot(answer, door);
  // An agent that was started anew has another token: better the secrets that were, than none.
  if (snapshot.withheld.length > 0 && door.isTrusted) {
    throw new LandfallError(`${door.name} does not take the token`, { code: 'LF_UNAUTHORIZED' });
  }
  return { snapshot };
}

function refusal(door, { status, text }) {
  let problem = {};
  try {
    problem = JSON.parse(text) ?? {};
  } catch {
    // What is no JSON is no answer of an agent: the status has to do.
  }
  return new LandfallError(`${door.name} answers ${status}: ${problem.detail ?? 'no reason given'}`, {
    code: problem.code,
  });
}

function pauseOf(failures) {
  const longest = Math.min(FIRST_PAUSE_MS * 2 ** Math.min(failures, 10), LONGEST_PAUSE_MS);
  return longest / 2 + (Math.random() * longest) / 2;
}

function sleep(ms, isHeld = false) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    if (!isHeld) timer.unref();
  });
}
