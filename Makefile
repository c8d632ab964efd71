# What people do here. `make` alone lists it.

GO      ?= go
TIMEOUT ?= 25m

# The race detector watches all code but SQLite, which is C that a program made into Go: there it finds nothing of
# ours, and takes more than half of the tests' time. Its driver, whose locks are Go's, is watched.
RACE = -race -gcflags=modernc.org/sqlite/lib=-race=false -gcflags=modernc.org/libc/...=-race=false -gcflags=modernc.org/memory=-race=false

# The go command fetches modules over HTTPS: that takes certificates.
CERTS = '/etc/ssl/certs/ca*:ca-certificates'

.PHONY: help
help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

.PHONY: run
run: ## set up, build, and start the server with the demo
	@sh .ci/need $(CERTS) espeak-ng
	$(GO) build -o bin/ringflow ./cmd/ringflow
	RINGFLOW_DEMO=true ./bin/ringflow serve

.PHONY: build
build: ## build bin/ringflow
	@sh .ci/need $(CERTS)
	$(GO) build -o bin/ringflow ./cmd/ringflow

.PHONY: test
test: ## run all tests, with the real sipp, baresip, PostgreSQL, espeak-ng, pocketsphinx and lame
	@sh .ci/need $(CERTS) gcc /usr/include/stdio.h:libc6-dev espeak-ng flite pocketsphinx_batch:pocketsphinx '/usr/share/pocketsphinx/model/en-us/*.dict:pocketsphinx-en-us' sipp:sip-tester baresip:baresip-core lame swaks '/usr/lib/postgresql/*/bin/postgres:postgresql'
	$(GO) test $(RACE) -timeout $(TIMEOUT) ./...
	# Without -race once more what it slows down too much: 10,000 random flows instead of 1,000, how long an expression may
	# take, and the API's contract in all its forms on both databases.
	$(GO) test -p 1 -timeout $(TIMEOUT) ./flow ./flow/flowtest ./api

.PHONY: lint
lint: ## check format and suspicious code
	@sh .ci/need $(CERTS)
	@test -z "$$(gofmt -l . | tee /dev/stderr)" || { echo "run make format" >&2; exit 1; }
	$(GO) vet ./...

.PHONY: format
format: ## format the code
	gofmt -w .

.PHONY: bench
bench: ## measure signalling and media against their floors, and flows; takes some minutes
	@sh .ci/need $(CERTS) espeak-ng
	$(GO) run ./cmd/ringflow-bench

.PHONY: docs
docs: ## write docs/nodes.md and docs/api.md anew from the code
	$(GO) test ./flow/nodes ./api -run 'TestDocs' -update
