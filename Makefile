# `make` alone lists the targets. Every target needs Go; `make e2e` and `make lab` install what else they need.

PREFIX  ?= /usr/local
DESTDIR ?=
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)

# A file to which the results of tests are appended, as go test -json writes them.
RESULTS  ?= /dev/null
FUZZTIME ?= 10s

# The directory for the captures of a browser.
HARS ?= dist/hars

TOOL := go tool -modfile=go.tool.mod

# Process-wide state: only main may use it, and marks that with //permit. Only web.ParseHTML builds trees of foreign HTML, and
# only web.Search matches selectors in them, for they bound the work: goquery gets
# its matchers, never a string. Only internal/file opens files, for it waits for no pipe. The rigs below test/ are free to.
GLOBALS := '^os\.(Exit|Args|Getenv|LookupEnv|Environ|Setenv|Open|ReadFile|DirFS)$$' '^log\.(Fatal|Panic|Print|SetOutput|Default)' \
	'^slog\.(Debug|Info|Warn|Error|Log|LogAttrs|Default|SetDefault)(Context)?$$' \
	'^http\.(DefaultClient|DefaultTransport|Get|Post|PostForm|Head)$$' '^html\.Parse(WithOptions|Fragment.*)?$$' \
	'^cascadia\.(Parse|Compile|MustCompile|Query|Filter)' \
	'^goquery\.(NewDocument(FromReader|FromResponse)?|Single)$$' \
	'^goquery\.(Document|Selection)\.(Find|Filter|Not|Has|Is|Closest|Add|IndexSelector|After|Append|Before|Prepend|ReplaceWith|Wrap(All|Inner)?|\w*(Filtered|Until)|\w+FilteredUntil\w+|\w+Html)$$'

.DEFAULT_GOAL := help
.PHONY: help demo build test e2e har lab bench bench-login bench-probe fuzz lint format install clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-11s  %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## log in to simulated hotspots, within one process
	go run ./cmd/helper demo

build: ## make bin/helper, static and stripped
	CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=$(VERSION)" -o bin/helper ./cmd/helper

test: ## vet and test all packages (tests that cannot run here are skipped with a reason)
	go vet ./...
	go test -json -short -race -shuffle=on ./... | tee -a $(RESULTS) | go run .ci/totals.go

e2e: ## test the command against a real openNDS, and a hostile gateway, in network namespaces (root; installs Debian packages)
	test/e2e/setup.sh
	HELPER_REQUIRE=netns,opennds,dbus go test -json -count=1 -timeout=15m -p=1 ./test/e2e/... ./test/hostile | tee -a $(RESULTS) | go run .ci/totals.go

har: ## draft packs from captures of a real browser (Chromium) at simulated portals; HARS=plugins/record/testdata keeps them
	mkdir -p $(HARS)
	go -C test/har vet .
	go -C test/har test -json -count=1 . -args -hars "$(abspath $(HARS))" | tee -a $(RESULTS) | go run .ci/totals.go
	go test -json -count=1 -run=TestDrafts ./plugins/record -args -hars "$(abspath $(HARS))" | tee -a $(RESULTS) | go run .ci/totals.go

lab: ## test with simulated radios in a virtual machine (root; installs Debian packages)
	test/lab/lab.sh

bench: build ## run the benchmarks, and measure the binary (root, for a network namespace)
	go test -run='^$$' -bench=. -benchmem \
		$$(go list -f '{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}' ./... | grep -v /test/e2e)

bench-login: ## measure logins, and what a program needs that knows the portal, in a virtual machine (root; installs Debian packages)
	test/lab/bench.sh login

bench-probe: ## measure the probe and other connectivity checks, in a virtual machine (root; installs Debian packages)
	test/lab/bench.sh probe

fuzz: ## fuzz each decoder for FUZZTIME (10s)
	.ci/fuzz $(FUZZTIME)

lint: ## check format, style, complexity, dead code, go.mod and the shell scripts
	@unformatted=$$($(TOOL) gofumpt -l . .ci) && [ -z "$$unformatted" ] || \
		{ echo "not formatted, see make format:"; echo "$$unformatted"; exit 1; }
	go vet ./...
	go vet .ci/totals.go
	$(TOOL) staticcheck -checks all ./...
	$(TOOL) revive -config revive.toml ./...
	$(TOOL) forbidigo -tests=false -analyze_types -set_exit_status $(GLOBALS) -- $$(go list ./... | grep -v /test/)
	@inits=$$(grep -rn --include='*.go' '^func init()' .) || exit 0; echo "init runs on import: $$inits"; exit 1
	@dead=$$($(TOOL) deadcode ./cmd/helper) || exit; ! echo "$$dead" | grep -v '^[^:]*test/'
	$(TOOL) gocyclo -over 15 -ignore "_test\.go$$" .
	$(TOOL) gocognit -over 15 -ignore "_test\.go$$" .
	go mod tidy -diff
	@command -v shellcheck >/dev/null || { echo "shellcheck is not installed: shell scripts left unchecked"; exit 0; }; \
		shellcheck -x $$(find . -name .git -prune -o -type f -exec awk '/^#!\/bin\/(ba)?sh/ { print FILENAME } { nextfile }' {} +)

format: ## format the Go files
	$(TOOL) gofumpt -w . .ci

# unit FILE DIRECTORY: install a file that names the command, with the path it has here.
unit = install -d "$(ROOT)/$(2)" && sed 's|/usr/bin/helper|$(PREFIX)/bin/helper|' "configs/$(1)" >"$(ROOT)/$(2)/$(notdir $(1))"

# completion SHELL FILE: install the completion that the command writes for a shell.
completion = install -d "$(ROOT)/$(dir $(2))" && bin/helper completion $(1) >"$(ROOT)/$(2)"

# dbus-daemon reads policies below /usr and /etc only: the agent of the system needs PREFIX=/usr.
install: ROOT = $(DESTDIR)$(PREFIX)
install: build ## install the command, its units and completions under DESTDIR and PREFIX (/usr/local)
	install -Dm755 bin/helper "$(ROOT)/bin/helper"
	$(call unit,systemd/hotspot-helper.service,lib/systemd/user)
	$(call unit,systemd/hotspot-helper-system.service,lib/systemd/system)
	$(call unit,dbus/org.hotspothelper.Agent.service,share/dbus-1/services)
	install -Dm644 -t "$(ROOT)/share/dbus-1/system.d" configs/dbus/org.hotspothelper.Agent.conf
	install -Dm644 -t "$(ROOT)/lib/sysusers.d" configs/sysusers/hotspot-helper.conf
	$(call completion,bash,share/bash-completion/completions/helper)
	$(call completion,zsh,share/zsh/site-functions/_helper)
	$(call completion,fish,share/fish/vendor_completions.d/helper.fish)

clean: ## remove build output
	rm -rf bin dist
