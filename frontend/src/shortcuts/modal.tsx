import { type ReactNode, useCallback, useId } from 'react';
import '../components/sign-out.css';

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
  const open = useCallback((dialog: HTMLDialogElement | null) => {
    dialog?.showModal();
    return () => dialog?.close();
  }, []);
  return (
    <dialog ref={open} className={`dialog ${className}`} aria-labelledby={heading} onClose={onClose}>
      <h2 id={heading}>{title}</h2>
      {children}
    </dialog>
  );
}
