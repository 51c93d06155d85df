import { type FunctionComponent, lazy, type ReactNode, Suspense, useState } from 'react';
import { Modal } from './modal';

/**
 * Returns a component whose code is loaded when it is first shown. `waiting` is shown until then, by default nothing. The
 * file may be absent, because the network is down or a deployment has replaced it: then `absent` is shown, by default a
 * text, and the rest of the page still works. A part that is shown again loads again.
 */
export function lazyPart<Props extends object>(
  load: () => Promise<FunctionComponent<Props>>,
  waiting: FunctionComponent<Props> = Nothing,
  absent: FunctionComponent<Props> = NotLoaded,
): FunctionComponent<Props> {
  const start = () =>
    lazy(() =>
      load().then(
        (loaded) => ({ default: loaded }),
        () => {
          latest = start();
          return { default: absent };
        },
      ),
    ) as unknown as FunctionComponent<Props>;
  let latest = start();
  const Waiting = waiting;
  return function LazyPart(props: Props) {
    const [Part] = useState(() => latest);
    return (
      <Suspense fallback={<Waiting {...props} />}>
        <Part {...props} />
      </Suspense>
    );
  };
}

/** As lazyPart, for a dialog. A dialog with its title opens at once, so that no key or click reaches the page behind it. */
export function lazyDialog<Props extends { readonly onClose: () => void }>(
  title: string,
  load: () => Promise<FunctionComponent<Props>>,
  absent: FunctionComponent<Props> = frame(title, <NotLoaded />),
): FunctionComponent<Props> {
  return lazyPart(load, frame(title, <Loading />), absent);
}

function frame(title: string, content: ReactNode): FunctionComponent<{ readonly onClose: () => void }> {
  return ({ onClose }) => (
    <Modal title={title} onClose={onClose}>
      {content}
      <div className="dialog-foot">
        <button type="button" className="button" onClick={onClose}>
          Close
        </button>
      </div>
    </Modal>
  );
}

function Nothing() {
  return null;
}

/** Is shown in place of a part that the user asked for, until it is loaded. */
export function Loading() {
  return <p role="status">Loading…</p>;
}

/** Is shown in place of a part whose file is absent. */
export function NotLoaded() {
  return (
    <p className="report" role="alert">
      This part could not be loaded. Load the page again.
    </p>
  );
}
