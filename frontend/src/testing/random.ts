/** Returns functions for random values. The same seed gives the same values. */
export function randomOf(seed: number) {
  let state = seed;
  /** Returns an integer from 0 up to but not including `below`. */
  const integer = (below: number): number => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
  const pick = <T>(list: readonly [T, ...T[]]): T => list[integer(list.length)] ?? list[0];
  /** Returns a random JSON value. */
  const json = (depth: number): unknown => {
    const kind = integer(depth > 0 ? 6 : 4);
    switch (kind) {
      case 0:
        return integer(5);
      case 1:
        return pick(['x', 'y', '', 'a/b~c', 'Grüezi'] as const);
      case 2:
        return pick([true, false] as const);
      case 3:
        return null;
      case 4:
        return Array.from({ length: integer(4) }, () => json(depth - 1));
      default:
        return Object.fromEntries(
          Array.from({ length: integer(4) }, () => [
            pick(['a', 'b', 'c d', '0', 'x/y', '__proto__'] as const),
            json(depth - 1),
          ]),
        );
    }
  };
  return { integer, pick, json };
}
