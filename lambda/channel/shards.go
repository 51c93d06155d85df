package channel

import (
	"context"
	"hash/fnv"
	"math/rand/v2"
)

// maxShards is the largest number of shards.
const maxShards = 4096

// shardOf returns the shard of a new subscriber: one of the newer half of the shards. The
// older ones are full.
func shardOf(id string, shards int) int {
	sum := fnv.New32a()
	_, _ = sum.Write([]byte(id)) // never fails
	half := shards / 2
	return half + int(sum.Sum32())%(shards-half)
}

// grow doubles the number of shards when those for new subscribers are full. About sixteen
// subscribers of a full shard have counted it.
func (h *Hub) grow(ctx context.Context, sub Subscriber, s Stream) error {
	sum := fnv.New32a()
	_, _ = sum.Write([]byte(sub.Token)) // never fails
	if s.Shards >= maxShards || sub.Shard < s.Shards/2 || int(sum.Sum32())%max(1, h.config.ShardSize/16) != 0 {
		return nil
	}
	all, err := h.shard(ctx, sub.Channel, sub.Shard)
	if err != nil || len(all) < h.config.ShardSize {
		return err
	}
	return h.config.Streams.Grow(ctx, sub.Channel, 2*s.Shards)
}

// shard returns the subscribers of a shard in a random order, so that no subscriber is always the
// last one.
func (h *Hub) shard(ctx context.Context, channel string, shard int) ([]Subscriber, error) {
	var all []Subscriber
	for s, err := range h.config.Subscribers.InShard(ctx, channel, shard) {
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all, nil
}
