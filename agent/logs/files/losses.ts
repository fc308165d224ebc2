/**
 * Why bytes of a file are in no event: `truncated` away with no copy to be found, `deleted` and held for as long as the rules
 * say, `vanished` while nobody held it; `longLine` beyond what the rules let a line have.
 */
export type LossCause = 'truncated' | 'deleted' | 'vanished' | 'longLine';

/** Counts bytes that are passed over because another instance wrote them. */
export type CountInherited = (bytes: number) => void;

export type CountLoss = (cause: LossCause, bytes: number, path: string) => void;
