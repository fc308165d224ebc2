import { useState } from 'preact/hooks';
import type { Board } from './board.ts';
import type { Sight } from './sight.ts';
import type { Failure } from './documents.ts';
import { Problem } from './shown.tsx';

/** A value for this instance alone, for a time, with a reason. @param name the key; left out, it is asked for. */
export function OverrideForm({
  board,
  access,
  name,
  onDone,
}: {
  readonly board: Board;
  readonly access: Sight['access'];
  readonly name?: string;
  readonly onDone: () => void;
}) {
  const [fields, setFields] = useState({ key: name ?? '', value: '', for: '1h', reason: '' });
  const [failure, setFailure] = useState<Failure | undefined>(undefined);
  const [isBusy, setBusy] = useState(false);
  if (access === 'none')
    return <p class="hint">Unlock the page with the agent's token to override a value.</p>;
  const give = async (): Promise<void> => {
    setBusy(true);
    const { key, ...body } = fields;
    const refused = await board.order(`/v1/overrides/${encodeURIComponent(key)}`, 'PUT', body);
    setBusy(false);
    setFailure(refused);
    if (refused !== undefined) return;
    setFields({ key: name ?? '', value: '', for: '1h', reason: '' });
    onDone();
  };
  const field = (of: keyof typeof fields, label: string, hint = '') => (
    <label class={`field-${of}`}>
      {label}
      <input
        value={fields[of]}
        placeholder={hint}
        spellcheck={false}
        autocomplete="off"
        required={of !== 'value'}
        onInput={({ currentTarget }) => setFields({ ...fields, [of]: currentTarget.value })}
      />
    </label>
  );
  return (
    <form
      class="override-form"
      onSubmit={(event) => {
        event.preventDefault();
        void give();
      }}
    >
      {name === undefined && field('key', 'Key')}
      {field('value', 'Value')}
      {field('for', 'For', '1h')}
      {field('reason', 'Reason', 'why, for who comes after you')}
      {failure && <Problem {...failure} />}
      <button type="submit" disabled={isBusy}>
        {isBusy ? 'Being applied …' : 'Override'}
      </button>
    </form>
  );
}
