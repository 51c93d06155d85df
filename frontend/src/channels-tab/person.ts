/** A user who is in a channel, with one connection or more. */
export type Person = {
  readonly name: string;
  readonly connections: number;
  /** Whether one of the connections is that of this page. */
  readonly me: boolean;
};

/** Returns the users of connections, sorted by name. `connections` has the user's name for each connection id. */
export function peopleOf(connections: ReadonlyMap<string, string>, isMine: (id: string) => boolean): readonly Person[] {
  const people = new Map<string, Person>();
  for (const [id, name] of connections) {
    const known = people.get(name);
    people.set(name, {
      name,
      connections: (known?.connections ?? 0) + 1,
      me: (known?.me ?? false) || isMine(id),
    });
  }
  return [...people.values()].sort((a, b) => a.name.localeCompare(b.name));
}
