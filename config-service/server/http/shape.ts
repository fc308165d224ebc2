import type { Generation } from '../../generation.ts';
import type { Fault } from '../../kit/errors.ts';
import type { Held } from './waiters.ts';

/**
 * How programs that were written for another system ask for the active generation. The server looks after doors, tokens,
 * methods, places for who waits and how an answer leaves; a shape knows paths, spellings and how a change is told. It is loaded
 * where it is turned on, and knows no other.
 */
export interface Shape {
  readonly name: string;
  /** What stands before its paths at the main door; at a door of its own nothing does. */
  readonly root: string;
  /** The method that a path takes, `GET` with `HEAD` or `POST`; undefined when it is none of its paths. */
  readonly methodOf: (path: string) => 'GET' | 'POST' | undefined;
  /** Every token that the question carries. `misplaced`: one stands where it would be in logs. */
  readonly tokensOf: (question: Credentials) => readonly string[] | 'misplaced';
  /** What is said to who has a wrong token; left out: 401 with a problem document. */
  readonly denial?: ShapeAnswer;
  readonly answer: (question: ShapeQuestion, view: ShapeView) => ShapeReply | Promise<ShapeReply>;
}

/** Where a question may carry a token. */
export interface Credentials {
  readonly search: string;
  /** A header field by its name in lower case; undefined when it is not there. One sent twice is joined with a comma. */
  readonly field: (name: string) => string | undefined;
}

export interface ShapeQuestion extends Credentials {
  /** Below the root, percent-encoded, without the query. */
  readonly path: string;
  readonly body: string;
  /** The reader has shown a token: to all others what is made of a secret does not exist. */
  readonly secrets: boolean;
}

/** What a shape sees of the agent: one generation, whole, with its provenance, and the wait for the next. */
export interface ShapeView {
  generation(): Generation | undefined;
  /** Grows whenever readers see something else, also across restarts; see `ApiBackend.revision`. */
  revision(): number;
  /** Epoch ms at which the key last changed its value. */
  since(key: string): number | undefined;
  /** By which equal texts are known, on this instance until its next boot; says nothing of a text to who cannot guess its key. */
  fingerprint(text: string): string;
  /** Waits in one of the places that all blocking queries share, until `unchanged` is false. */
  hold(ms: number, unchanged: () => boolean): Promise<Held>;
}

export interface ShapeAnswer {
  readonly status: number;
  readonly type: string;
  /** Bytes for a whole document that is asked for again and again: a text would be encoded each time. */
  readonly body: string | Buffer;
  /** A flat list of names and values. */
  readonly headers?: readonly string[];
  /** Sent in chunks: when the agent ends half way, what came is no whole answer to anybody. */
  readonly chunked?: true;
}

export interface ShapeProblem {
  readonly status: number;
  readonly fault: Fault;
}

/** `busy`: no place to wait; `not ready`: no generation; `gone`: nobody is left to be told. */
export type ShapeReply = ShapeAnswer | ShapeProblem | 'busy' | 'not ready' | 'gone';
