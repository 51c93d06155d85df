import { useEffect, useId, useState } from 'react';
import { formatClock } from '../presentation/format';
import { fetchQueues, type Queue, type QueueGroup, type QueueMessage } from './inspector-api';

/** The delay between two requests in milliseconds. */
const pause = 1000;

/** Shows the queues: their groups, and the messages that wait, that a worker has, or that are dead letters. */
export function QueueView() {
  const heading = useId();
  const [queues, setQueues] = useState<readonly Queue[]>([]);
  const [problem, setProblem] = useState('');
  useEffect(
    () =>
      poll(
        (next) => {
          setQueues(next);
          setProblem('');
        },
        () => setProblem('The local run does not answer.'),
      ),
    [],
  );
  return (
    <section aria-labelledby={heading}>
      <h3 id={heading}>Queue</h3>
      {problem && <p role="alert">{problem}</p>}
      {queues.map((queue) => (
        <QueueSection key={queue.name} queue={queue} />
      ))}
    </section>
  );
}

/** Asks for the queues until the returned function is called. */
function poll(take: (queues: readonly Queue[]) => void, fail: () => void): () => void {
  const end = new AbortController();
  let timer: number | undefined;
  const ask = () =>
    fetchQueues(end.signal)
      .then(take, fail)
      .finally(() => {
        if (!end.signal.aborted) {
          timer = window.setTimeout(ask, pause);
        }
      });
  void ask();
  return () => {
    end.abort();
    window.clearTimeout(timer);
  };
}

function QueueSection({ queue }: { queue: Queue }) {
  const heading = useId();
  const messages = queue.groups.flatMap((group) => group.messages.map((message) => ({ group, message })));
  return (
    <section aria-labelledby={heading}>
      <h4 id={heading}>{queue.deadLettersOf ? 'Dead letters' : 'Messages'}</h4>
      <p className="inspector-hint">
        {queue.waiting} waiting, {queue.inFlight} in flight, {queue.groups.length + queue.moreGroups} groups
        {queue.maxReceives !== undefined && `; a message becomes a dead letter after ${queue.maxReceives} attempts`}.
      </p>
      {messages.length > 0 && (
        <table>
          <thead>
            <tr>
              <th scope="col">Group</th>
              <th scope="col">Sent</th>
              <th scope="col">Attempts</th>
              <th scope="col">Next attempt</th>
              <th scope="col">Message</th>
            </tr>
          </thead>
          <tbody>
            {messages.map(({ group, message }) => (
              <MessageRow key={message.id} group={group} message={message} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function MessageRow({ group, message }: { group: QueueGroup; message: QueueMessage }) {
  const { body, receives, sentAt, visibleAt } = message;
  return (
    <tr>
      <td>
        <code title={group.group}>{group.group.slice(0, 8)}</code>
      </td>
      <td>{formatClock(sentAt)}</td>
      <td>{receives}</td>
      <td>{visibleAt === undefined ? 'as soon as possible' : formatClock(visibleAt)}</td>
      <td>
        <code>{body.text ?? JSON.stringify(body.json)}</code>
      </td>
    </tr>
  );
}
