import { useState } from 'preact/hooks';

/** Copies what is not seen whole, as it is and not as it is shown. */
export function CopyButton({ text, what }: { readonly text: string; readonly what: string }) {
  const [done, setDone] = useState('');
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setDone('copied');
    } catch {
      setDone('not allowed');
    }
    setTimeout(() => setDone(''), 2000);
  };
  return (
    <button type="button" class="quiet" onClick={() => void copy()}>
      {done === '' ? 'Copy' : done}
      <span class="unheard"> {what}</span>
      <span class="unheard" role="status">
        {done}
      </span>
    </button>
  );
}
