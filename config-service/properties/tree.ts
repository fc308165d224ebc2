/** What YAML and JSON have in common, neutral and with places; offsets are UTF-16 units from the start of the text. */
export type Tree = ScalarNode | ListNode | MapNode | AliasNode;

/** Source text where the scalar is plain (`1.10`, `0x10`, `true`), the decoded text where it is quoted, `` for null. */
export interface ScalarNode {
  readonly kind: 'scalar';
  readonly text: string;
  readonly offset: number;
}

export interface ListNode {
  readonly kind: 'list';
  readonly items: readonly Tree[];
  readonly offset: number;
}

export interface MapNode {
  readonly kind: 'map';
  readonly members: readonly Member[];
  readonly offset: number;
}

/** A repeated use of `target`; kept apart so that repetition can be bounded. A tree never contains itself. */
export interface AliasNode {
  readonly kind: 'alias';
  readonly target: Tree;
  readonly offset: number;
}

export interface Member {
  readonly key: string;
  /** Offset of the key. */
  readonly offset: number;
  readonly value: Tree;
}
