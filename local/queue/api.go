package queue

import (
	"crypto/md5" //nolint:gosec // SQS's checksum of bodies, which clients compare
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"path"
	"strings"
	"time"
)

// maxRequest is the size of the largest request, in bytes.
const maxRequest = 2 << 20

// API answers the requests of SQS clients that use the JSON protocol
// (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-making-api-requests-json.html):
// SendMessage, SendMessageBatch, ReceiveMessage, DeleteMessage and
// ChangeMessageVisibilityBatch. The last part of a queue's URL is its name. It does not check
// signatures. It refuses requests of web pages.
type API struct {
	// Queues are the queues by their names.
	Queues map[string]*Queue
}

// failure is an error as clients read it.
type failure struct {
	status  int
	Type    string `json:"__type"`
	Message string `json:"message"`
}

func invalid(format string, args ...any) *failure {
	return &failure{http.StatusBadRequest, "com.amazonaws.sqs#InvalidParameterValue", fmt.Sprintf(format, args...)}
}

func (a API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer, failed := a.answer(w, r)
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	if failed != nil {
		w.WriteHeader(failed.status)
		answer = failed
	}
	_ = json.NewEncoder(w).Encode(answer) // an error means that the client is gone
}

// entry has the members of all requests about one message.
type entry struct {
	ID                string `json:"Id"`
	Body              string `json:"MessageBody"`
	Group             string `json:"MessageGroupId"`
	DedupID           string `json:"MessageDeduplicationId"`
	Handle            string `json:"ReceiptHandle"`
	VisibilityTimeout int    `json:"VisibilityTimeout"`
}

func (a API) answer(w http.ResponseWriter, r *http.Request) (any, *failure) {
	if r.Header.Get("Origin") != "" {
		// With DNS rebinding, a page that the user visits could publish as any user. Browsers
		// send Origin with every POST.
		return nil, &failure{http.StatusForbidden, "com.amazonaws.sqs#AccessDenied", "web pages may not use queues"}
	}
	_, action, ok := strings.Cut(r.Header.Get("X-Amz-Target"), "AmazonSQS.")
	if r.Method != http.MethodPost || !ok {
		return nil, &failure{http.StatusBadRequest, "com.amazonaws.sqs#InvalidAction", "want a POST with X-Amz-Target: AmazonSQS.ACTION (the JSON protocol of SQS)"}
	}
	var in struct {
		QueueURL string  `json:"QueueUrl"`
		Entries  []entry `json:"Entries"`
		Max      int     `json:"MaxNumberOfMessages"`
		entry
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxRequest)).Decode(&in); err != nil {
		return nil, invalid("read request: %v", err)
	}
	q := a.Queues[path.Base(in.QueueURL)]
	if q == nil {
		return nil, &failure{http.StatusBadRequest, "com.amazonaws.sqs#QueueDoesNotExist", "the queue " + in.QueueURL + " does not exist"}
	}
	if strings.HasSuffix(action, "Batch") && (len(in.Entries) == 0 || len(in.Entries) > 10) {
		return nil, invalid("a batch has %d entries: want 1 to 10", len(in.Entries))
	}
	switch action {
	case "SendMessage":
		return q.send(in.entry)
	case "SendMessageBatch":
		return q.sendAll(in.Entries)
	case "ReceiveMessage":
		found, _, _ := q.take(min(max(in.Max, 1), 10))
		return map[string]any{"Messages": received(found)}, nil
	case "DeleteMessage":
		q.Delete(in.Handle)
		return struct{}{}, nil
	case "ChangeMessageVisibilityBatch":
		return q.hideAll(in.Entries)
	}
	return nil, &failure{http.StatusBadRequest, "com.amazonaws.sqs#UnsupportedOperation", "the local queue does not support " + action}
}

// sent is the answer about a message that was added.
type sent struct {
	ID        string `json:"Id,omitempty"`
	MessageID string `json:"MessageId"`
	MD5       string `json:"MD5OfMessageBody"`
}

func (q *Queue) send(e entry) (any, *failure) {
	switch {
	case e.Group == "" || len(e.Group) > 128 || e.DedupID == "" || len(e.DedupID) > 128:
		return nil, invalid("a message of a FIFO queue needs a MessageGroupId and a MessageDeduplicationId of 1 to 128 characters")
	case e.Body == "":
		return nil, invalid("a message needs a body")
	}
	return sent{e.ID, q.Send(e.Group, e.DedupID, e.Body), checksum(e.Body)}, nil
}

func checksum(text string) string {
	sum := md5.Sum([]byte(text)) //nolint:gosec // as above
	return hex.EncodeToString(sum[:])
}

// batchAnswer is the answer to a batch.
type batchAnswer struct {
	Successful []any   `json:"Successful"`
	Failed     []wrong `json:"Failed"`
}

type wrong struct {
	ID          string `json:"Id"`
	Code        string `json:"Code"`
	Message     string `json:"Message"`
	SenderFault bool   `json:"SenderFault"`
}

func (b *batchAnswer) add(id string, done any, failed *failure) {
	if failed != nil {
		_, code, _ := strings.Cut(failed.Type, "#")
		b.Failed = append(b.Failed, wrong{id, code, failed.Message, true})
		return
	}
	b.Successful = append(b.Successful, done)
}

func (q *Queue) sendAll(entries []entry) (any, *failure) {
	var b batchAnswer
	for _, e := range entries {
		done, failed := q.send(e)
		b.add(e.ID, done, failed)
	}
	return b, nil
}

func (q *Queue) hideAll(entries []entry) (any, *failure) {
	var b batchAnswer
	for _, e := range entries {
		var failed *failure
		if err := q.Hide(e.Handle, time.Duration(e.VisibilityTimeout)*time.Second); err != nil {
			failed = &failure{Type: "com.amazonaws.sqs#ReceiptHandleIsInvalid", Message: err.Error()}
		}
		b.add(e.ID, map[string]string{"Id": e.ID}, failed)
	}
	return b, nil
}

func received(found []Message) []any {
	var list []any
	for _, m := range found {
		list = append(list, map[string]any{
			"MessageId": m.ID, "ReceiptHandle": m.Handle, "Body": m.Body, "MD5OfBody": checksum(m.Body), "Attributes": attributes(m),
		})
	}
	return list
}
