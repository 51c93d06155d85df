# The commands of this project. `make run` and `make test` install what they need.

.PHONY: run preflight test attack verify fmt route generate plan estimate bench clean
.DEFAULT_GOAL := run

run: ## run the whole system on this machine; ARGS="-site 127.0.0.1:9000" passes flags
	@.ci/need-go
	@test -x .build/local || .ci/first-build
	@CGO_ENABLED=0 go build -o .build/local ./local
	@exec .build/local $(ARGS)

preflight: ## check this machine, the settings and the AWS account before pulumi up; reads only; ARGS="-stack dev"
	@.ci/need-go
	@CGO_ENABLED=0 go build -o .build/preflight ./infra/preflight
	@.build/preflight $(ARGS)

test: ## run the format check, lint, tests, builds and the system test
	@.ci/check

attack: ## attack the system, over the network and from a foreign page; prints one line for each attempt
	@.ci/check setup
	@go test -race -count=1 -timeout 60m -v ./test/attack/...
	@cd frontend && npx playwright test foreign storage

verify: ## verify the selected stack and write verification/DATE.md; ARGS=-local verifies the local run, ARGS=-h lists the flags
	@.ci/need-go
	@CGO_ENABLED=0 go build -o .build/verify ./test/verify
	@exec .build/verify $(ARGS)

fmt: ## format everything
	@.ci/format

route: ## create a route in lambda/app, with its test; NAME=time is the action of clients
	@CGO_ENABLED=0 go run ./lambda/route/new "$$NAME"
	@$(MAKE) -s --no-print-directory generate

generate: ## renew all files that are derived from lambda/app
	@CGO_ENABLED=0 go run ./lambda/route/list
	@CGO_ENABLED=0 go run ./lambda/contract

plan: ## renew local/plan.json, the other golden plans and the policies of the deployer
	@.ci/plan

estimate: ## print the cost of a month on AWS; ARGS=-h lists the flags
	@CGO_ENABLED=0 go run ./infra/estimate $(ARGS)

bench: $(if $(filter -h -help --help,$(ARGS)),,test/bench/offline/node_modules/.package-lock.json) ## measure the speed of the local run beside its peers; ARGS=-h lists the parts
	@CGO_ENABLED=0 go build -o .build/bench/bench ./test/bench && .build/bench/bench $(ARGS)

test/bench/offline/node_modules/.package-lock.json: test/bench/offline/package-lock.json
	npm --prefix test/bench/offline ci --loglevel=error

clean: ## remove all built files
	rm -rf test/bench/offline/node_modules .build .local frontend/dist frontend/node_modules local/services/node_modules test/conformance/clients/node_modules test/asyncapi/node_modules
