import { Store } from '../store';

/** The ids of this page's connections, present and past, oldest first. */
export class OwnConnections extends Store<readonly string[]> {
  constructor() {
    super([]);
  }

  /** Adds the id of a connection of this page, unless it is known already. */
  readonly add = (id: string): void => {
    if (!this.snapshot().includes(id)) {
      this.set([...this.snapshot(), id]);
    }
  };
}
