package app

import "sallyport/lambda/route"

// Ping answers {"type": "pong"}. API Gateway answers by itself, so a ping costs no call
// of the function.
var Ping = route.Mock("ping", "keeps a connection open, without a call of the function", "pong")
