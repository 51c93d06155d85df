// Command lambda is the one function of the stack: the authorizer of its
// WebSocket API, the answer to every route, and what a backend invokes to push
// messages. Package handler says what it does; this is wiring only.
package main

import (
	"errors"
	"fmt"
	"log"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/rs/zerolog"

	"sallyport/lambda/env"
	"sallyport/lambda/handler"
	"sallyport/lambda/pusher"
	"sallyport/lambda/registry"
	"sallyport/lambda/token"
)

// A refusal is what the authorizer answers with 401 or 403; were it none, the
// answer would be 500.
var _ handler.Refusal = (*token.Refusal)(nil)

func main() {
	logger := zerolog.New(os.Stderr).With().Timestamp().Logger()
	mux, err := wire(os.Getenv, logger)
	if err != nil {
		logger.Error().Err(err).Msg("the function is not configured")
		os.Exit(1)
	}
	log.SetFlags(0)
	log.SetOutput(runtimeLog{logger})
	lambda.Start(mux)
}

// wire makes the parts from the environment. It talks to nobody: what is not
// needed for the first event must not delay it.
func wire(getenv func(string) string, logger zerolog.Logger) (*handler.Mux, error) {
	e, err := env.Parse(getenv)
	level, levelErr := zerolog.ParseLevel(e.LogLevel)
	if levelErr != nil {
		levelErr = fmt.Errorf("environment variable %s is %q: want a level such as info", env.LogLevel, e.LogLevel)
	}
	if err := errors.Join(err, levelErr); err != nil {
		return nil, err
	}
	client := httpClient()
	cloud := awsConfig(getenv, e.Region, client)
	connections := registry.New(registry.Config{AWS: cloud, Table: e.TableName, UserIndex: e.UserIndex})
	return handler.New(handler.Config{
		Verifier: token.New(token.Config{
			Issuers: []token.Issuer{{URL: e.Issuer, Audience: e.Audience, UserClaims: e.UserClaims}},
			Client:  client,
		}),
		Store:        connections,
		Finder:       connections,
		Poster:       pusher.New(pusher.Config{AWS: cloud, Endpoint: e.ConnectionsURL}),
		TokenInQuery: e.TokenInQuery,
		Log:          logger.Level(level),
		Metrics:      e.Metrics,
	}), nil
}
