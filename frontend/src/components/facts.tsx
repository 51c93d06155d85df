import type { ReactNode } from 'react';
import type { Identity } from '../socket/message';
import type { SocketSnapshot } from '../socket/socket';
import { CopyButton } from './copy-button';
import { formatMoment } from './format';

type FactsProps = {
  readonly url: string;
  readonly snapshot: SocketSnapshot;
  readonly identity: Identity | undefined;
};

/** What is known about the connection. */
export function Facts({ url, snapshot, identity }: FactsProps) {
  return (
    <dl className="facts">
      <Fact name="Address" copy={url}>
        {url}
      </Fact>
      {snapshot.state === 'open' && (
        <>
          <Fact name="Subprotocol">{snapshot.protocol || 'none'}</Fact>
          {identity ? (
            <>
              <Fact name="Connection id" copy={identity.connectionId}>
                {identity.connectionId}
              </Fact>
              <Fact name="User" copy={identity.user}>
                {identity.user}
              </Fact>
              <Fact name="Token expires">{formatMoment(identity.expires * 1000)}</Fact>
            </>
          ) : (
            <Fact name="Connection id">asked for by whoami, not answered yet</Fact>
          )}
        </>
      )}
    </dl>
  );
}

type FactProps = {
  readonly name: string;
  readonly children: ReactNode;
  /** The text that its copy button copies; without it there is no button. */
  readonly copy?: string;
};

function Fact({ name, children, copy }: FactProps) {
  const id = name.toLowerCase().replaceAll(' ', '-');
  return (
    <div className="fact">
      <dt>{name}</dt>
      <dd>
        <span className="fact-value" data-testid={id}>
          {children}
        </span>
        {copy !== undefined && <CopyButton text={copy} what={name.toLowerCase()} />}
      </dd>
    </div>
  );
}
