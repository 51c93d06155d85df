package stack

import (
	"encoding/json"
	"fmt"
	"time"

	"sallyport/infra/plan"
)

// Queue is the configuration of a FIFO queue, and of the mapping with which the function
// reads it.
type Queue struct {
	Name, ARN   string
	Visibility  time.Duration
	MaxReceives int    // 0: the queue has no dead letters
	DeadLetters string // ARN of the queue of dead letters
	BatchSize   int    // 0: the function does not read the queue
	Concurrency int
}

// readQueues reads every queue of the plan.
func readQueues(p plan.Plan, function string) ([]Queue, error) {
	var queues []Queue
	for _, r := range p.OfType(plan.TypeQueue) {
		a, err := attributes[struct {
			Name       string `json:"name"`
			ARN        string `json:"arn"`
			FIFO       bool   `json:"fifoQueue"`
			Visibility int    `json:"visibilityTimeoutSeconds"`
			Redrive    string `json:"redrivePolicy"`
		}](r)
		if err != nil {
			return nil, err
		}
		if !a.FIFO {
			return nil, fmt.Errorf("the queue %s is not a FIFO queue, which is the only kind that a local run emulates", r.Name)
		}
		q := Queue{Name: a.Name, ARN: a.ARN, Visibility: time.Duration(a.Visibility) * time.Second}
		if err := q.readRedrive(a.Redrive); err != nil {
			return nil, fmt.Errorf("the queue %s: %w", r.Name, err)
		}
		if err := q.readMapping(p, function); err != nil {
			return nil, fmt.Errorf("the queue %s: %w", r.Name, err)
		}
		queues = append(queues, q)
	}
	return queues, nil
}

func (q *Queue) readRedrive(policy string) error {
	if policy == "" {
		return nil
	}
	var redrive struct {
		Target      string `json:"deadLetterTargetArn"`
		MaxReceives int    `json:"maxReceiveCount"`
	}
	if err := json.Unmarshal([]byte(policy), &redrive); err != nil {
		return fmt.Errorf("read its redrive policy: %w", err)
	}
	q.DeadLetters, q.MaxReceives = redrive.Target, redrive.MaxReceives
	return nil
}

func (q *Queue) readMapping(p plan.Plan, function string) error {
	mappings := where(p, plan.TypeEventSource, "eventSourceArn", q.ARN)
	if len(mappings) == 0 {
		return nil
	}
	m, err := attributes[struct {
		Function string `json:"functionName"`
		Batch    int    `json:"batchSize"`
		Scaling  struct {
			Concurrency int `json:"maximumConcurrency"`
		} `json:"scalingConfig"`
	}](mappings[0])
	switch {
	case err != nil:
		return err
	case len(mappings) > 1 || m.Function != function:
		return fmt.Errorf("%d functions read it: want one, the stack's function", len(mappings))
	}
	q.BatchSize, q.Concurrency = m.Batch, m.Scaling.Concurrency
	return nil
}
