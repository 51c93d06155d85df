# The verbs of this project. `make run` and `make test` do their own set-up.

.PHONY: run test fmt plan clean
.DEFAULT_GOAL := run

run: ## the whole system on this machine; ARGS="-site 127.0.0.1:9000" passes flags
	@CGO_ENABLED=0 go run ./local $(ARGS)

test: ## format, lint, tests, builds and the system test
	@.ci/check

fmt: ## format everything
	@.ci/format

plan: ## renew local/plan.json and the other golden plans from the Pulumi program
	go test -race ./infra -run '^TestPlan$$' -update

clean: ## remove what was built
	rm -rf .build .local frontend/dist frontend/node_modules local/services/node_modules
