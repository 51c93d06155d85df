package run

import (
	"context"
	"fmt"
	"maps"

	"sallyport/lambda/originsecret"
	"sallyport/local/function"
)

// startFunction creates the tables and starts the function.
func (s *system) startFunction(ctx context.Context, binary string) error {
	client := newTableClient(s.tableURL, s.stack.API.Region)
	for _, t := range s.stack.Tables {
		if err := createTable(ctx, client, t); err != nil {
			return err
		}
	}
	tables, err := s.beforeTable(ctx)
	if err != nil {
		return err
	}
	f, err := function.New(function.Config{
		Name: s.stack.Function.Name, ARN: s.stack.Function.ARN, Path: binary, Env: s.environment(tables),
		MemoryMB: s.stack.Function.MemoryMB, Timeout: s.stack.Function.Timeout,
		Log: s.log, Observe: s.observer(),
	})
	if err != nil {
		return fmt.Errorf("start function %s: %w", s.stack.Function.Name, err)
	}
	s.binary, s.function = binary, f
	s.onStop(f.Close)
	return nil
}

// wholeProcessor is the memory, in MB, at which a Lambda function has one whole
// processor. A function with less memory runs with one thread here. This is closer to
// Lambda, and a message costs a fifth less.
const wholeProcessor = 1769

// originSecrets is the variable with the SHA-256 values of the secrets that the site adds to its
// requests.
const originSecrets = "ORIGIN_SECRETS"

// environment returns the declared environment of the function, the variables that Lambda
// adds, and the addresses of the tables and of the queue. If the plan has secrets of
// the site, the run replaces them by its own secret.
func (s *system) environment(tables string) map[string]string {
	env := maps.Clone(s.stack.Function.Environment)
	if env == nil {
		env = map[string]string{}
	}
	env["AWS_REGION"] = s.stack.API.Region
	env["AWS_DEFAULT_REGION"] = s.stack.API.Region
	env["AWS_ACCESS_KEY_ID"] = s.keys.role.AccessKeyID
	env["AWS_SECRET_ACCESS_KEY"] = s.keys.role.SecretAccessKey
	env["AWS_SESSION_TOKEN"] = s.keys.role.SessionToken
	env["AWS_ENDPOINT_URL_DYNAMODB"] = tables
	if s.queueURL != "" {
		env["AWS_ENDPOINT_URL_SQS"] = s.queueURL
	}
	if env[originSecrets] != "" { // the site sends the secret of the run
		env[originSecrets] = originsecret.Sums([]string{s.keys.site})
	}
	if s.stack.Function.MemoryMB < wholeProcessor && env["GOMAXPROCS"] == "" {
		env["GOMAXPROCS"] = "1"
	}
	return env
}
