import { formatDuration } from '../presentation/format';

/** A smaller difference of the clocks is not shown, in seconds. */
const tolerated = 120;

/** Shows that the clock of this device is wrong. `ahead`: by how many seconds it is ahead of the sign-in service's clock. */
export function ClockWarning({ ahead }: { ahead: number }) {
  if (Math.abs(ahead) < tolerated) {
    return null;
  }
  const difference = formatDuration(Math.abs(ahead) * 1000);
  return (
    <p className="report">
      The clock of this device is {difference} {ahead > 0 ? 'ahead of' : 'behind'} that of the sign-in service. This
      page takes that into account. Set the clock, so that the times here are correct.
    </p>
  );
}
