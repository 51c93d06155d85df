package channeltable

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"sallyport/lambda/attribute"
	"sallyport/lambda/channel"
	"sallyport/lambda/route"
)

func streamKey(name string) attribute.Map { return key("stream/"+name, "stream") }

func batchPartition(name, epoch string) string { return "batch/" + epoch + "/" + name }

// offsetKey returns an offset as a text whose order is that of the offsets.
func offsetKey(offset uint64) string { return fmt.Sprintf("%020d", offset) }

// Open returns the stream of a channel. If there is none, or if it has expired, Open stores and
// returns fresh. If less than half of the time of the stream is left, Open sets its ExpiresAt to
// that of fresh.
func (t *Table) Open(ctx context.Context, name string, fresh channel.Stream, now time.Time) (channel.Stream, error) {
	k := streamKey(name)
	for {
		found, err := t.get(ctx, k)
		if err != nil {
			return channel.Stream{}, err
		}
		expires := time.Unix(found.Integer(attrExpiresAt), 0)
		if found == nil || !expires.After(now) {
			started, err := t.start(ctx, k, fresh, now)
			if err != nil {
				return channel.Stream{}, err
			}
			if started {
				return fresh, nil
			}
			continue // another event started one
		}
		s, err := readStream(found)
		if err == nil && 2*expires.Sub(now) < fresh.ExpiresAt.Sub(now) {
			_, err = t.update(ctx, k, "SET #expiresAt = :expires", "#epoch = :epoch", attribute.Map{":expires": attribute.Number(fresh.ExpiresAt.Unix()), ":epoch": attribute.Text(s.Epoch)})
		}
		return s, err
	}
}

func readStream(item attribute.Map) (channel.Stream, error) {
	s := channel.Stream{
		Epoch: item.Text(attrEpoch), Top: uint64(item.Integer(attrTop)), //nolint:gosec // our own number
		Shards: int(item.Integer(attrShards)), ExpiresAt: time.Unix(item.Integer(attrExpiresAt), 0),
	}
	_, s.JoinLeave = item[attrJoinLeave]
	if text := item.Text(attrNewest); text != "" {
		if err := json.Unmarshal([]byte(text), &s.Newest); err != nil {
			return s, fmt.Errorf("read newest publications of %s: %w", item.Text(attrPartition), err)
		}
	}
	return s, nil
}

// start writes a new stream. It returns false if the channel has a stream already.
func (t *Table) start(ctx context.Context, k attribute.Map, s channel.Stream, now time.Time) (bool, error) {
	return t.update(ctx, k, "SET #epoch = :epoch, #top = :top, #shards = :shards, #expiresAt = :expires REMOVE #newest, #joinLeave", "attribute_not_exists(#partition) OR #expiresAt <= :now",
		attribute.Map{":epoch": attribute.Text(s.Epoch), ":top": attribute.Number(s.Top), ":shards": attribute.Number(s.Shards), ":expires": attribute.Number(s.ExpiresAt.Unix()), ":now": attribute.Number(now.Unix())})
}

// Append writes a batch on the condition that its place is free.
func (t *Table) Append(ctx context.Context, name, epoch string, b channel.Batch) error {
	publications, err := route.Encode(b.Publications) // not escaped for HTML, because an item has at most 400 KB
	if err != nil {
		return fmt.Errorf("encode publications of channel %q: %w", name, err)
	}
	item := key(batchPartition(name, epoch), offsetKey(b.First))
	item[attrPublications], item[attrExpiresAt] = attribute.Text(string(publications)), attribute.Number(b.ExpiresAt.Unix())
	_, err = t.client.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: &t.table, Item: item,
		ConditionExpression: aws.String("attribute_not_exists(#partition)"), ExpressionAttributeNames: aliases("#partition"),
	})
	switch {
	case attribute.ConditionFailed(err):
		return channel.ErrTaken
	case err != nil:
		return fmt.Errorf("append to channel %q: %w", name, err)
	}
	return nil
}

// Raise sets Top, Newest and ExpiresAt of a stream, unless its Top is higher.
func (t *Table) Raise(ctx context.Context, name string, s channel.Stream) (channel.Stream, error) {
	k := streamKey(name)
	newest, err := json.Marshal(s.Newest)
	if err != nil {
		return channel.Stream{}, fmt.Errorf("encode newest publications of channel %q: %w", name, err)
	}
	now, ok, err := t.change(ctx, k, "SET #top = :top, #newest = :newest, #expiresAt = :expires", "#epoch = :epoch AND #top <= :top",
		attribute.Map{":top": attribute.Number(s.Top), ":newest": attribute.Text(string(newest)), ":expires": attribute.Number(s.ExpiresAt.Unix()), ":epoch": attribute.Text(s.Epoch)}, types.ReturnValueAllNew)
	if err == nil && !ok {
		now, err = t.get(ctx, k)
	}
	switch {
	case err != nil:
		return channel.Stream{}, err
	case now.Text(attrEpoch) != s.Epoch:
		return channel.Stream{}, fmt.Errorf("raise top of channel %q: %w", name, channel.ErrEpoch)
	}
	return readStream(now)
}

// Grow raises the number of shards of a stream.
func (t *Table) Grow(ctx context.Context, name string, shards int) error {
	_, err := t.update(ctx, streamKey(name), "SET #shards = :shards", "#shards < :shards", attribute.Map{":shards": attribute.Number(shards)})
	return err
}

// SetJoinLeave sets JoinLeave of a stream.
func (t *Table) SetJoinLeave(ctx context.Context, name string) error {
	_, err := t.update(ctx, streamKey(name), "SET #joinLeave = :yes", "attribute_exists(#partition)", attribute.Map{":yes": &types.AttributeValueMemberBOOL{Value: true}})
	return err
}

// Batches lists the batches with First from first to last.
func (t *Table) Batches(ctx context.Context, name, epoch string, first, last uint64, descending bool) iter.Seq2[channel.Batch, error] {
	items := t.query(ctx, "#partition = :partition AND #item BETWEEN :first AND :last", "",
		attribute.Map{":partition": attribute.Text(batchPartition(name, epoch)), ":first": attribute.Text(offsetKey(first)), ":last": attribute.Text(offsetKey(last))}, descending)
	return func(yield func(channel.Batch, error) bool) {
		for item, err := range items {
			var b channel.Batch
			if err == nil {
				b, err = readBatch(item)
			}
			if !yield(b, err) || err != nil {
				return
			}
		}
	}
}

func readBatch(item attribute.Map) (channel.Batch, error) {
	b := channel.Batch{ExpiresAt: time.Unix(item.Integer(attrExpiresAt), 0)}
	_, err := fmt.Sscanf(item.Text(attrItem), "%d", &b.First)
	if err == nil {
		err = json.Unmarshal([]byte(item.Text(attrPublications)), &b.Publications)
	}
	if err != nil {
		return b, fmt.Errorf("read batch %s of %s: %w", item.Text(attrItem), item.Text(attrPartition), err)
	}
	for i := range b.Publications {
		b.Publications[i].Offset = b.First + uint64(i)
	}
	return b, nil
}
