# `make` alone lists the targets. Every target needs Go; `make e2e`, `make lab` and `make desktop` install what else they need.

PREFIX  ?= /usr/local
DESTDIR ?=
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)

# What is built carries the time of the commit, in seconds since 1970, and not that of the build.
SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct 2>/dev/null || date +%s)
export SOURCE_DATE_EPOCH
DATE = $(shell date -u -d @$(SOURCE_DATE_EPOCH) +%Y-%m-%d)

# Of packages: the formats, the processor, and who answers for them.
FORMATS    ?= deb rpm apk archlinux
GOARCH     ?= $(shell go env GOARCH)
MAINTAINER ?= hotspot-helper maintainers <maintainers@hotspothelper.invalid>
export MAINTAINER

# The releases of Debian in which the deb is tried.
SUITES ?= bookworm

# A file to which the results of tests are appended, as go test -json writes them.
RESULTS  ?= /dev/null
FUZZTIME ?= 10s

# The directory for the captures of a browser; how many seeds of the random portal, and which kinds (or all), a person
# signs in to.
HARS  ?= dist/hars
SEEDS ?= 6
KINDS ?= opennds-mail,pfsense,mikrotik,fortinet-disclaimer,hotsplots-train

# The directory for pictures of the sign-in window.
SHOTS ?= dist/shots

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
.PHONY: help demo build test e2e har signin lab desktop bench bench-login bench-probe fuzz lint format man install install-pages package package-test clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-11s  %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## log in to simulated hotspots, within one process
	go run ./cmd/helper demo

build: ## make bin/helper, static and stripped
	CGO_ENABLED=0 GOARCH=$(GOARCH) go build -trimpath -buildvcs=auto -ldflags "-s -w -X main.version=$(VERSION)" -o bin/helper ./cmd/helper

test: ## vet and test all packages (tests that cannot run here are skipped with a reason)
	go vet ./...
	go test -json -short -race -shuffle=on ./... | tee -a $(RESULTS) | go run .ci/totals.go

e2e: ## test the command against a real openNDS, and a hostile gateway, in network namespaces (root; installs Debian packages)
	test/e2e/setup.sh
	HELPER_REQUIRE=netns,opennds,dbus go test -json -count=1 -timeout=15m -p=1 ./test/e2e/... ./test/hostile ./test/bench/footprint | tee -a $(RESULTS) | go run .ci/totals.go

signin: ## sign in to simulated portals in the sign-in window, with a real browser (Chromium), and remember logins; SEEDS=100 KINDS=all measures (root; installs Debian packages)
	test/e2e/setup.sh
	mkdir -p $(SHOTS)
	HELPER_REQUIRE=netns,dbus,browser go test -json -count=1 -p=1 ./test/window -args -shots "$(abspath $(SHOTS))" | tee -a $(RESULTS) | go run .ci/totals.go
	HELPER_REQUIRE=browser go test -json -count=1 -timeout=1h ./test/signin -args -seeds $(SEEDS) -kinds "$(KINDS)" | tee -a $(RESULTS) | go run .ci/totals.go

har: ## draft packs from captures of a real browser (Chromium) at simulated portals; HARS=plugins/record/testdata keeps them
	mkdir -p $(HARS)
	go -C test/har vet .
	go -C test/har test -json -count=1 . -args -hars "$(abspath $(HARS))" | tee -a $(RESULTS) | go run .ci/totals.go
	go test -json -count=1 -run=TestDrafts ./plugins/record -args -hars "$(abspath $(HARS))" | tee -a $(RESULTS) | go run .ci/totals.go

lab: ## test with simulated radios in a virtual machine (root; installs Debian packages)
	test/lab/lab.sh

desktop: ## test the deb on two desktops, Debian 12 and 13, in virtual machines: systemd, logind, NetworkManager, iwd (root; installs Debian packages)
	test/desktop/desktop.sh

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
	go vet -tags manpages ./cmd/helper
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

man: ## write the manual pages to bin/man
	rm -rf bin/man
	GOARCH= go run -trimpath -tags manpages -ldflags "-X main.version=$(VERSION)" ./cmd/helper bin/man $(DATE)

# unit FILE TARGET: install a file that names the command, with the path it has here.
unit = sed 's|/usr/bin/helper|$(PREFIX)/bin/helper|' "configs/$(1)" | install -Dm644 /dev/stdin "$(ROOT)/$(2)"

# output ARGUMENTS FILE: install what the command prints.
output = bin/helper $(1) | install -Dm644 /dev/stdin "$(ROOT)/$(2)"

# This is the list of what is installed, also of every package. dbus-daemon and polkit read files below /usr and
# /etc only: the agent of the system needs PREFIX=/usr.
install install-pages: ROOT = $(DESTDIR)$(PREFIX)
install: build man install-pages ## install the command, its units, pages and completions under DESTDIR and PREFIX (/usr/local)
	install -Dm755 bin/helper "$(ROOT)/bin/helper"
	$(call unit,systemd/hotspot-helper.service,lib/systemd/user/hotspot-helper.service)
	$(call unit,systemd/hotspot-helper-system.service,lib/systemd/system/hotspot-helper-system.service)
	install -Dm644 configs/systemd/user.preset "$(ROOT)/lib/systemd/user-preset/80-hotspot-helper.preset"
	install -Dm644 configs/systemd/system.preset "$(ROOT)/lib/systemd/system-preset/80-hotspot-helper.preset"
	$(call unit,dbus/org.hotspothelper.Agent.service,share/dbus-1/services/org.hotspothelper.Agent.service)
	install -Dm644 -t "$(ROOT)/share/dbus-1/system.d" configs/dbus/org.hotspothelper.Agent.conf
	install -Dm644 -t "$(ROOT)/share/polkit-1/actions" configs/polkit/org.hotspothelper.policy
	$(call unit,applications/org.hotspothelper.Agent.desktop,share/applications/org.hotspothelper.Agent.desktop)
	install -Dm644 -t "$(ROOT)/share/metainfo" configs/metainfo/org.hotspothelper.Agent.metainfo.xml
	install -Dm644 -t "$(ROOT)/lib/sysusers.d" configs/sysusers/hotspot-helper.conf
	install -Dm644 -t "$(ROOT)/share/man/man1" bin/man/*.1
	install -Dm644 -t "$(ROOT)/share/man/man5" bin/man/*.5
	$(call output,pack schema pack,share/hotspot-helper/schemas/pack.schema.json)
	$(call output,pack schema flow,share/hotspot-helper/schemas/flow.schema.json)
	$(call output,pack schema case,share/hotspot-helper/schemas/case.schema.json)
	$(call output,completion bash,share/bash-completion/completions/helper)
	$(call output,completion zsh,share/zsh/site-functions/_helper)
	$(call output,completion fish,share/fish/vendor_completions.d/helper.fish)

# PAGES are installed below one directory as they are here, so that their links to each other work.
PAGES = README.md CHANGELOG.md configs/helper.toml test/desktop/README.md test/lab/README.md plugins/live/org.hotspothelper.Live1.varlink $(wildcard docs/*.md docs/pictures/*.png plugins/packs/*/README.md examples/*/*.go examples/*/*.py examples/*/*.sh examples/*/*.toml)

install-pages: ## install the pages that README.md links to, part of install
	for page in $(PAGES); do install -Dm644 "$$page" "$(ROOT)/share/doc/hotspot-helper/$$page" || exit; done

package: ## make the packages of FORMATS (deb rpm apk archlinux) in dist, the same bytes wherever they are made
	packaging/package.sh "$(VERSION)" "$(GOARCH)" "$(FORMATS)"

package-test: ## make the packages in two places and compare them; install, upgrade and remove them in a clean Debian (root)
	packaging/reproducible.sh
	packaging/contents.sh
	packaging/deb-test.sh $(SUITES)
	packaging/others-test.sh

clean: ## remove build output
	rm -rf bin dist
