import { useState } from 'preact/hooks';
import type { Board } from './board.ts';
import type { Failure } from './documents.ts';
import { Modal } from './modal.tsx';
import { Problem } from './shown.tsx';

export function TokenDialog({ board, onClose }: { readonly board: Board; readonly onClose: () => void }) {
  const [token, setToken] = useState('');
  const [failure, setFailure] = useState<Failure | undefined>(undefined);
  const give = async (): Promise<void> => {
    const refused = await board.unlock(token.trim());
    if (refused === undefined) onClose();
    else setFailure(refused);
  };
  return (
    <Modal title="Unlock this page" kind="box" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void give();
        }}
      >
        <p>
          With the agent's token this page shows secrets and takes orders. It is the content of{' '}
          <code>token</code> in the run directory, new at each start of the agent:
        </p>
        <pre>sudo cat /run/landfall/token</pre>
        <label>
          Token
          <input
            type="password"
            autocomplete="off"
            spellcheck={false}
            value={token}
            onInput={({ currentTarget }) => setToken(currentTarget.value)}
            required
          />
        </label>
        <p class="hint">
          It stays in the memory of this page, is sent in a header to nobody but this agent, and is forgotten
          on reload.
        </p>
        {failure && <Problem {...failure} />}
        <button type="submit">Unlock</button>
      </form>
    </Modal>
  );
}
