// Package channel publishes messages to the subscribers of channels, keeps their history,
// and lets a subscriber that was away receive the publications it missed.
//
// # The order of a channel
//
// A publication of a channel with history goes to a FIFO queue, in the group of its
// channel. The queue gives the publications of a group to one worker at a time, in order.
// The worker appends them to the channel's stream, then raises the top of the stream, then
// lists the subscribers, then posts. Each step relies on the one before it:
//
//   - A row of the stream is written on the condition that its place is free, and never
//     changes. Two workers that have the same publication, because the queue gave it out
//     twice, therefore give it the same offset.
//   - The top is raised after the row is written, so that everything up to the top can be
//     read. The same write keeps the IDs of the newest publications up to the top. A
//     publication that the queue gives out again is among them, or the place above the top
//     is not free.
//   - The subscribers are listed after the top was raised. A subscriber writes its row
//     before it reads the top. So it reads a top that includes the publication, or the
//     worker lists it, or both.
//
// A client ignores publications that arrive before the reply to its subscribe command. A
// new subscriber is therefore joining until the reply was posted, and nothing is posted
// to it in that time. A worker that meets a joining subscriber notes in its row that it
// missed something. The subscriber then reads the stream again before it becomes active.
//
// # Large channels
//
// A channel with several shards is delivered by jobs, one for each shard. Only a few of them
// wait in the queue at the same time, because each job sends the next one before it posts. The
// publications of a small channel therefore do not wait for all jobs of a large one. The type
// part explains why the jobs of a shard stay in the order of the publications.
//
// # Presence
//
// A subscription exists from its subscribe command until its unsubscribe command, or until
// the end of its connection. API Gateway does not keep the order of the messages of a
// connection. Each write therefore has the condition that no later command made or ended
// the subscription. A connection whose end is not processed is present until the time by
// which API Gateway has closed it.
//
// A join is sent to the queue after the row of the subscription was written, and a leave
// after it was deleted. The worker compares each of them with the row, and posts it only if
// it is still correct. So the last one that a subscriber gets is correct.
//
// # Failures
//
// Posts to a connection are in order, because one worker at a time has the group of a
// shard. If a post fails, the worker marks the subscriber as broken and posts nothing more
// to it. A repair job tells the client that its state is insufficient. The client then
// subscribes again, from the last offset that it has. A connection that API Gateway says is
// gone is ended; if that fails, its subscriber is marked as well. A worker that dies does
// not delete its messages, so the queue gives them out again: each publication arrives at
// least once.
//
// If the posts to many subscribers fail, the worker tries all of them again later, without
// marks. It marks them after ten times, long before the message becomes a dead letter. Posts
// end after two thirds of the time of the function, so that there is time for the marks.
//
// # Jobs
//
// The queue also carries jobs of package handler: commands of a backend for many
// connections. Package channel gives them groups, and repeats them; it does not know their
// content.
//
// # One worker at a time
//
// All of this relies on one worker at a time for each group: the queue must not give a
// message out again while a worker that has it can still post. The timeout of the
// function is a sixth of the visibility timeout of the queue.
package channel
