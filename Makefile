# The verbs of this project. `make run` and `make test` do their own set-up.

.PHONY: run test attack fmt route generate plan estimate bench clean
.DEFAULT_GOAL := run

run: ## the whole system on this machine; ARGS="-site 127.0.0.1:9000" passes flags
	@.ci/need-go
	@test -x .build/local || echo "compiling the local run, half a minute the first time"
	@CGO_ENABLED=0 go build -o .build/local ./local
	@exec .build/local $(ARGS)

test: ## format, lint, tests, builds and the system test
	@.ci/check

attack: ## try to break in, over the network and from a foreign page; one line an attempt
	@.ci/check setup
	@go test -race -count=1 -timeout 60m -v ./test/attack/...
	@cd frontend && npx playwright test foreign storage

fmt: ## format everything
	@.ci/format

route: ## a new route in lambda/app, with its test; NAME=time says what clients send as action
	@CGO_ENABLED=0 go run ./lambda/route/new "$$NAME"
	@$(MAKE) -s --no-print-directory generate

generate: ## renew everything that is derived from lambda/app
	@CGO_ENABLED=0 go run ./lambda/route/list
	@CGO_ENABLED=0 go run ./lambda/contract

plan: ## renew local/plan.json, the other golden plans and the deployer's rights
	@.ci/plan

estimate: ## what a month on AWS costs; ARGS=-h lists what it asks
	@CGO_ENABLED=0 go run ./infra/estimate $(ARGS)

bench: test/bench/offline/node_modules/.package-lock.json ## the speed of the local run beside its peers, in four or five minutes
	@CGO_ENABLED=0 go build -o .build/bench/bench ./test/bench && .build/bench/bench $(ARGS)

test/bench/offline/node_modules/.package-lock.json: test/bench/offline/package-lock.json
	npm --prefix test/bench/offline ci --loglevel=error

clean: ## remove what was built
	rm -rf test/bench/offline/node_modules .build .local frontend/dist frontend/node_modules local/services/node_modules test/conformance/clients/node_modules test/asyncapi/node_modules
