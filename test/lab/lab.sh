#!/bin/bash
# lab.sh [SCENARIO]: run a scenario of guest/ (default: firstlight) in the VM, with helper built from this tree.
set -euo pipefail
cd "$(dirname "$0")"
scenario=${1:-firstlight}

share=$(mktemp -d)
trap 'rm -rf "$share"' EXIT
cp -r guest "$share"
CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o "$share/bin/" ../../cmd/helper ./fakenet ./netplay
chmod -R a+rX "$share" # an ordinary user in the guest needs to read it
packages=()
if grep -q '^# image: peers$' "guest/$scenario.sh"; then mapfile -t packages < <(grep -v '^#' peers); fi
image=$(./build.sh "${packages[@]}")
./run.sh "$image" "$share" sh "/share/guest/$scenario.sh"
