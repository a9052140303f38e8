#!/bin/bash
# bench.sh probe [PEERS [NETWORKS [REPEAT [-trace]]]]: measure the probe and its peers in the VM, and print Markdown tables.
# bench.sh login [PEERS [PORTALS [REPEAT [-trace]]]]: the same for logins.
# HELPER names another binary than this tree's.
set -euo pipefail
cd "$(dirname "$0")"
what=$1
shift

share=$(mktemp -d)
trap 'rm -rf "$share"' EXIT
cp -r guest "$share"
export CGO_ENABLED=0
go build -trimpath -ldflags '-s -w' -o "$share/bin/" ../../cmd/helper ./netplay ./stopwatch
[ "$what" != probe ] || (cd ../bench/tailscale && go build -trimpath -ldflags '-s -w' -o "$share/bin/tailscale-captive" .)
[ -z "${HELPER:-}" ] || install "$HELPER" "$share/bin/helper"
chmod -R a+rX "$share"
# shellcheck disable=SC1091 # the list of packages
mapfile -t packages < <(grep -v '^#' peers)
image=$(./build.sh "${packages[@]}")
./run.sh -i -t "${LIMIT:-3000}" "$image" "$share" sh "/share/guest/bench-$what.sh" "$@"
