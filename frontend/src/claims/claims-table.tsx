import { useNow } from '../hooks/use-now';
import { claimsOf } from '../sign-in/claims';
import { claimRows } from './claim-rows';
import './claims-table.css';

type ClaimsTableProps = {
  readonly token: string;
  /** By how many seconds the clock of this device is ahead of the issuer's. */
  readonly ahead?: number;
};

/** Shows the claims of a token. They are read in this page without a check of the signature, and are not stored. */
export function ClaimsTable({ token, ahead }: ClaimsTableProps) {
  const now = useNow();
  const claims = claimsOf(token);
  if (!claims) {
    return <p>This token is not a JWT, so only the issuer can read it.</p>;
  }
  return (
    <table className="claims">
      <thead>
        <tr>
          <th scope="col">Claim</th>
          <th scope="col">Value</th>
        </tr>
      </thead>
      <tbody>
        {claimRows(claims, now, ahead).map(({ name, value, distance }) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>
              {value} {distance !== undefined && <span className="claims-distance">{distance}</span>}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
