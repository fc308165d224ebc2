import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

/** A dialog of the browser: it keeps the focus, ends with Escape, and gives the focus back. */
export function Modal({
  title,
  kind,
  onClose,
  children,
}: {
  readonly title: ComponentChildren;
  readonly kind: 'sheet' | 'box';
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    const shown = dialog.current;
    shown?.showModal();
    return () => {
      shown?.close();
      if (before instanceof HTMLElement) before.focus({ preventScroll: true });
    };
  }, []);
  const leave = (event: MouseEvent): void => {
    if (event.target === dialog.current) onClose();
  };
  return (
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events -- Escape does the same
    <dialog ref={dialog} class={kind} aria-labelledby="modal-title" onClose={onClose} onClick={leave}>
      <div class="modal">
        <header>
          <h2 id="modal-title">{title}</h2>
          <button type="button" class="quiet" onClick={onClose}>
            Close
          </button>
        </header>
        {children}
      </div>
    </dialog>
  );
}
