import type { Centrifuge, ClientInfo, PublicationContext, SubscribedContext } from 'centrifuge';
import { formatDuration, formatJson } from '../presentation/format';
import { Store } from '../store';
import { append, hasOffset, insertOlder, type Line, type Note, oldestOffset, type Publication } from './line';
import { type Person, peopleOf } from './person';
import { explainFailure, explainTrouble, type Trouble } from './words';

/** The requests that a channel makes. */
export type Requests = Pick<Centrifuge, 'publish' | 'history' | 'presence'>;

/** The state of a channel. */
export type ChannelState = {
  readonly state: 'unsubscribed' | 'subscribing' | 'subscribed';
  /** Why the subscription failed or ended, if the user did not end it. */
  readonly problem?: string | undefined;
  readonly lines: readonly Line[];
  /** The number of publications that were received, without those of the history. */
  readonly received: number;
  /** The users who are in the channel; undefined if they are not known. */
  readonly people?: readonly Person[] | undefined;
  readonly peopleProblem?: string | undefined;
  /** Whether there is an older history. "none": the channel keeps no history, or it is not subscribed yet. */
  readonly history: 'none' | 'more' | 'loading' | 'complete';
  readonly historyProblem?: string | undefined;
};

/** The number of publications that one request for the history returns. */
const pageSize = 20;

/** JSON up to this many characters stays on one line. */
const lineLength = 120;

/** A channel: its publications, its users and its history. ChannelSession calls it for each event of the client. */
export class Channel extends Store<ChannelState> {
  readonly name: string;
  /** Whether the server subscribes to it by itself: the user's own channel. */
  readonly own: boolean;
  readonly #requests: Requests;
  readonly #isMine: (client: string) => boolean;
  readonly #connections = new Map<string, string>();
  /** The changes during a request for the users, which are newer than its answer. */
  #changes: (() => void)[] | undefined;
  #epoch: string | undefined;
  /** The number of gaps so far. */
  #gap = 0;
  #lastId = 0;
  #firstId = 0;
  #awaySince: number | undefined;
  #recovered: number | undefined;

  constructor(name: string, own: boolean, requests: Requests, isMine: (client: string) => boolean) {
    super({ state: 'unsubscribed', lines: [], received: 0, history: 'none' });
    this.name = name;
    this.own = own;
    this.#requests = requests;
    this.#isMine = isMine;
  }

  subscribing(): void {
    this.#leave();
    this.#change({ state: 'subscribing', problem: undefined });
  }

  subscribed({ streamPosition, recoverable, wasRecovering, recovered }: SubscribedContext): void {
    const away = this.#awaySince === undefined ? undefined : Date.now() - this.#awaySince;
    this.#awaySince = undefined;
    this.#epoch = streamPosition?.epoch;
    const gapless = wasRecovering && recovered;
    const { history } = this.snapshot();
    const start = streamPosition?.offset === 0 ? 'complete' : 'more';
    const more = history === 'none' || !gapless ? start : history;
    this.#change({ state: 'subscribed', problem: undefined, history: recoverable ? more : 'none' });
    if (gapless) {
      this.#countRecovered(away ?? 0);
    } else if (wasRecovering) {
      this.#note('bad', 'Messages were missed: history is too short.');
      this.#gap += 1;
    } else {
      this.#note('calm', this.#welcome(recoverable, away));
    }
    void this.loadPeople();
  }

  unsubscribed(reason?: Trouble): void {
    this.#leave();
    this.#connections.clear();
    const problem = reason === undefined || reason.code === 0 ? undefined : explainTrouble(reason);
    this.#change({ state: 'unsubscribed', problem, people: undefined, peopleProblem: undefined });
  }

  failed(error: Trouble): void {
    this.#change({ problem: explainTrouble(error) });
  }

  published(context: PublicationContext): void {
    if (!this.#isNew(context.offset)) {
      return; // delivery is at least once
    }
    if (this.#recovered !== undefined) {
      this.#recovered += 1;
    }
    this.#lastId += 1;
    const line = this.#lineOf(context, this.#lastId, Date.now());
    const { lines, received } = this.snapshot();
    this.#change({ lines: append(lines, line), received: received + 1 });
  }

  joined({ client, user }: ClientInfo): void {
    this.#move(`${user} joined.`, () => this.#connections.set(client, user));
  }

  left({ client, user }: ClientInfo): void {
    this.#move(`${user} left.`, () => this.#connections.delete(client));
  }

  /** Publishes data. It resolves to the problem in a sentence, or to undefined if there is none. It never rejects. */
  readonly publish = (data: unknown): Promise<string | undefined> =>
    this.#requests.publish(this.name, data).then(() => undefined, explainFailure);

  /** Requests the users who are in the channel. It never rejects. */
  readonly loadPeople = async (): Promise<void> => {
    const changes: (() => void)[] = [];
    this.#changes = changes;
    try {
      const { clients } = await this.#requests.presence(this.name);
      if (this.#changes !== changes) {
        return; // there is a newer request
      }
      this.#connections.clear();
      for (const { client, user } of Object.values(clients)) {
        this.#connections.set(client, user);
      }
      for (const change of changes) {
        change();
      }
      this.#change({ people: this.#people(), peopleProblem: undefined });
    } catch (error) {
      if (this.#changes === changes) {
        this.#change({ people: undefined, peopleProblem: explainFailure(error) });
      }
    }
  };

  /** Requests the page of the history before the oldest publication. It never rejects. */
  readonly loadOlder = async (): Promise<void> => {
    const [gap, epoch, offset] = [this.#gap, this.#epoch, oldestOffset(this.snapshot().lines, this.#gap)];
    if (offset === 1) {
      this.#change({ history: 'complete' });
      return;
    }
    this.#change({ history: 'loading', historyProblem: undefined });
    const since = offset !== undefined && epoch !== undefined && { since: { offset, epoch } };
    try {
      const page = await this.#requests.history(this.name, { limit: pageSize, reverse: true, ...since });
      if (this.#gap === gap) {
        this.#addOlder(page.publications);
      }
    } catch (error) {
      this.#change({ history: 'more', historyProblem: explainFailure(error) });
    }
  };

  /** Adds publications of the history, newest first. */
  #addOlder(publications: readonly PublicationContext[]): void {
    const { lines } = this.snapshot();
    const fresh = publications.filter(({ offset }) => this.#isNew(offset));
    this.#firstId -= fresh.length;
    const older = fresh.toReversed().map((context, at) => this.#lineOf(context, this.#firstId + at + 1, undefined));
    // A page can have fewer publications than requested, because a reply has at most about 100 KB. A page with known
    // publications has closed the gap.
    const complete = fresh.length === 0 || fresh.length < publications.length || fresh.at(-1)?.offset === 1;
    this.#change({ lines: insertOlder(lines, older, this.#gap), history: complete ? 'complete' : 'more' });
  }

  /** Returns whether the publication is not in the list. Without a history, nothing comes twice. */
  #isNew(offset: number | undefined): boolean {
    return !offset || !hasOffset(this.snapshot().lines, this.#epoch, offset);
  }

  #lineOf({ data, info, offset }: PublicationContext, id: number, at: number | undefined): Publication {
    const mine = info !== undefined && this.#isMine(info.client);
    return {
      kind: 'publication',
      id,
      gap: this.#gap,
      epoch: this.#epoch,
      at,
      offset: offset || undefined,
      publisher: info?.user,
      mine,
      text: typeof data === 'string' ? data : formatJson(data, lineLength),
    };
  }

  /** Adds the note about recovered publications after them: the client delivers them before it returns to its caller. */
  #countRecovered(away: number): void {
    this.#recovered = 0;
    queueMicrotask(() => {
      const count = this.#recovered ?? 0;
      this.#recovered = undefined;
      this.#note(
        'good',
        `Recovered ${count} ${count === 1 ? 'message' : 'messages'} after ${formatDuration(away)} away.`,
      );
    });
  }

  #welcome(recoverable: boolean, away: number | undefined): string {
    if (away === undefined) {
      return 'Subscribed.';
    }
    const again = `Subscribed again after ${formatDuration(away)} away.`;
    return recoverable ? again : `${again} The channel keeps no history, so messages may be missing.`;
  }

  #leave(): void {
    this.#changes = undefined;
    if (this.snapshot().state === 'subscribed') {
      this.#awaySince = Date.now();
    }
  }

  #move(text: string, change: () => void): void {
    this.#changes?.push(change);
    change();
    if (this.snapshot().people) {
      this.#change({ people: this.#people() });
    }
    this.#note('calm', text);
  }

  #people(): readonly Person[] {
    return peopleOf(this.#connections, this.#isMine);
  }

  #note(tone: Note['tone'], text: string): void {
    this.#lastId += 1;
    const note: Note = { kind: 'note', id: this.#lastId, gap: this.#gap, at: Date.now(), tone, text };
    this.#change({ lines: append(this.snapshot().lines, note) });
  }

  #change(change: Partial<ChannelState>): void {
    this.set({ ...this.snapshot(), ...change });
  }
}
