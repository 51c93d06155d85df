import { type ReactNode, useCallback, useId, useRef } from 'react';

type ModalProps = {
  readonly title: string;
  readonly className?: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
};

/**
 * A dialog that is open while it is rendered. The browser keeps the focus in it, closes it with Escape, and then returns
 * the focus to the element that had it.
 */
export function Modal({ title, className = '', onClose, children }: ModalProps) {
  const heading = useId();
  const leaving = useRef(false);
  const open = useCallback((dialog: HTMLDialogElement | null) => {
    dialog?.showModal();
    return () => {
      leaving.current = true;
      dialog?.close();
      leaving.current = false;
    };
  }, []);
  // React may attach the dialog twice. Only the user's closing counts.
  const closed = (dialog: HTMLDialogElement) => leaving.current || dialog.open || onClose();
  return (
    <dialog
      ref={open}
      className={`dialog ${className}`}
      aria-labelledby={heading}
      onClose={({ currentTarget }) => closed(currentTarget)}
    >
      <h2 id={heading}>{title}</h2>
      {children}
    </dialog>
  );
}
