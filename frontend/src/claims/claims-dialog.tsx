import { useEffect, useState } from 'react';
import { Modal } from '../components/modal';
import { ClaimsTable } from './claims-table';

type ClaimsDialogProps = {
  /** Returns the token with which the page connects. It rejects with a text for the user. */
  readonly token: () => Promise<string | undefined>;
  readonly ahead: number;
  readonly onClose: () => void;
};

/** Shows the claims of the token with which the page connects. */
export function ClaimsDialog({ token, ahead, onClose }: ClaimsDialogProps) {
  const [found, setFound] = useState<{ readonly token?: string | undefined; readonly problem?: string }>();
  useEffect(() => {
    let wanted = true;
    token().then(
      (value) => wanted && setFound({ token: value }),
      (error: unknown) => wanted && setFound({ problem: error instanceof Error ? error.message : String(error) }),
    );
    return () => {
      wanted = false;
    };
  }, [token]);
  return (
    <Modal title="Claims of the token" onClose={onClose}>
      {found?.token !== undefined && <ClaimsTable token={found.token} ahead={ahead} />}
      {found && found.token === undefined && <p>{found.problem ?? 'You are not signed in, so there is no token.'}</p>}
      <p className="dialog-note">
        Read in this page, without a check of the signature. The server checks the token when the page connects.
      </p>
      <div className="dialog-foot">
        <span />
        <button type="button" className="button" onClick={onClose}>
          Close
        </button>
      </div>
    </Modal>
  );
}
