import type { ReactNode } from 'react';
import type { Identity } from '../conversation/identity';
import { useNow } from '../hooks/use-now';
import { formatLeft, formatMoment } from '../presentation/format';
import type { Regions } from '../regions';
import type { SocketSnapshot } from '../socket/state';
import { CopyButton } from './copy-button';
import { Trace } from './trace';
import './facts.css';

type FactsProps = {
  /** The address, unless the open connection has another one. */
  readonly url: string;
  readonly regions: Regions | undefined;
  readonly snapshot: SocketSnapshot;
  readonly identity: Identity | undefined;
  /** By how many seconds this page's clock is ahead of the server's. The identity has the server's time. */
  readonly ahead: number;
};

/** API Gateway ends every connection at this age, in milliseconds (api-gateway.md 6). */
const longestLife = 2 * 60 * 60_000;

/** The handshake began at most this long before the connection was open, in milliseconds. */
const minute = 60_000;

/** Shows the data of the connection. */
export function Facts({ url, regions, snapshot, identity, ahead }: FactsProps) {
  const address = (snapshot.state === 'open' && snapshot.url) || url;
  return (
    <>
      <dl className="facts">
        <Fact name="Address" copy={address}>
          {address}
        </Fact>
        {regions && snapshot.state === 'open' && (
          <Fact name="Region">{regions.all.find((one) => one.websocketUrl === address)?.region}</Fact>
        )}
        {snapshot.state === 'open' && (
          <>
            {identity ? (
              <>
                <Fact name="Connection id" copy={identity.connectionId}>
                  {identity.connectionId}
                </Fact>
                <Fact name="User" copy={identity.user}>
                  {identity.user}
                </Fact>
                {identity.sub !== undefined && (
                  <Fact name="Subject" copy={identity.sub}>
                    {identity.sub}
                  </Fact>
                )}
                {identity.issuer !== undefined && <Fact name="Issuer">{identity.issuer}</Fact>}
              </>
            ) : (
              <Fact name="Connection id">waiting for the reply to whoami</Fact>
            )}
            <Fact name="Credential">{snapshot.credential ?? 'none'}</Fact>
            <Fact name="Subprotocol">{snapshot.protocol || 'none'}</Fact>
            <Clocks open={snapshot} expires={identity ? (identity.expires + ahead) * 1000 : snapshot.expires} />
          </>
        )}
      </dl>
      {snapshot.state === 'open' && snapshot.trace !== undefined && (
        <Trace url={address} trace={snapshot.trace} since={snapshot.since - minute} />
      )}
    </>
  );
}

type ClocksProps = {
  readonly open: Extract<SocketSnapshot, { state: 'open' }>;
  /** When the token expires, Unix time in milliseconds. */
  readonly expires: number | undefined;
};

/** Shows when the token expires, the renewal and the end of an open connection. */
function Clocks({ open, expires }: ClocksProps) {
  const now = useNow();
  return (
    <>
      <Moment name="Token expires" past="expired" at={expires} now={now} from={open.since} />
      <Moment name="Renewal" past="due" at={open.renewal} now={now} from={open.since} />
      <Moment name="Two-hour limit" past="reached" at={open.since + longestLife} now={now} from={open.since} />
    </>
  );
}

type MomentProps = {
  readonly name: string;
  /** The text when the moment has passed. */
  readonly past: string;
  readonly at: number | undefined;
  readonly now: number;
  readonly from: number;
};

function Moment({ name, past, at, now, from }: MomentProps) {
  if (at === undefined) {
    return null;
  }
  return (
    <Fact name={name} title={formatMoment(at)}>
      <span className="moment">
        {at <= now ? past : `in ${formatLeft(at - now)}`}
        <svg className="gauge" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
          <rect className="gauge-all" width="100" height="4" rx="2" />
          <rect className="gauge-left" width={share(at - now, at - from)} height="4" rx="2" />
        </svg>
      </span>
    </Fact>
  );
}

function share(left: number, all: number): number {
  return all > 0 ? Math.round(Math.min(1, Math.max(0, left) / all) * 100) : 0;
}

type FactProps = {
  readonly name: string;
  readonly children: ReactNode;
  /** The text that the copy button copies. Without it there is no button. */
  readonly copy?: string;
  readonly title?: string;
};

function Fact({ name, children, copy, title }: FactProps) {
  const id = name.toLowerCase().replaceAll(' ', '-');
  return (
    <div className="fact">
      <dt>{name}</dt>
      <dd>
        <span className="fact-value" data-testid={id} title={title}>
          {children}
        </span>
        {copy !== undefined && <CopyButton text={copy} name={name.toLowerCase()} />}
      </dd>
    </div>
  );
}
