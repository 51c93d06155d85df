package app

import (
	"time"

	"sallyport/lambda/channel"
)

// Channels returns the namespaces of your channels. A channel such as chat:room1 belongs
// to the namespace chat. Without a namespace, the stack has no queue and no table for
// channels. The error names the namespaces that cannot be used.
func Channels() (channel.Table, error) {
	return channel.NewTable(
		// Rooms for all users that are signed in.
		channel.Namespace{
			Name:      "chat",
			Subscribe: channel.Everyone, Publish: channel.Everyone, Presence: channel.Everyone, History: channel.Everyone,
			HistorySize: 100, HistoryTime: 24 * time.Hour,
			JoinLeave: true,
		},
		// Each user has a channel, in which only a backend publishes.
		channel.Namespace{
			Name:      "user",
			Subscribe: channel.Owner, History: channel.Owner,
			HistorySize: 100, HistoryTime: 24 * time.Hour,
			Own: true,
		},
		// The newest position of a cursor. A position that is lost does not matter.
		channel.Namespace{
			Name:      "cursor",
			Subscribe: channel.Everyone, Publish: channel.Everyone,
			MaxBytes: 1024,
		},
	)
}
