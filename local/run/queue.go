package run

import (
	"context"

	"sallyport/local/queue"
)

// startQueues creates the queues and serves them. Nothing reads them before
// startMappings is called.
func (s *system) startQueues(ctx context.Context) error {
	if len(s.stack.Queues) == 0 {
		return nil
	}
	byARN := map[string]*queue.Queue{}
	for _, withDeadLetters := range []bool{false, true} { // the queues of dead letters first
		for _, q := range s.stack.Queues {
			if (q.DeadLetters != "") == withDeadLetters {
				byARN[q.ARN] = queue.New(queue.Config{
					Visibility: q.Visibility, MaxReceives: q.MaxReceives, DeadLetters: byARN[q.DeadLetters], Scaled: s.settings.scaled,
				})
			}
		}
	}
	s.queues = map[string]*queue.Queue{}
	for _, q := range s.stack.Queues {
		s.queues[q.Name] = byARN[q.ARN]
	}
	var err error
	s.queueURL, err = s.serveOnFreePort(ctx, "queues", s.inspector.Queue(queue.API{Queues: s.queues}))
	return err
}

// startMappings starts the event source mappings, which call the function.
func (s *system) startMappings() {
	for _, q := range s.stack.Queues {
		if q.BatchSize == 0 {
			continue
		}
		s.onEnd(queue.Mapping{
			Queue: s.queues[q.Name], ARN: q.ARN, Region: s.stack.API.Region,
			BatchSize: q.BatchSize, Concurrency: q.Concurrency, Function: s.function,
		}.Start())
	}
}
