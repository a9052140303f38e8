#!/bin/bash
# desktop.sh [-i] [-c CHECKS] [SUITE...]: do the checks of guest/checks in a desktop in a VM, of Debian 12 (bookworm) and 13 (trixie), or of
# these suites, with the deb made of this tree. CHECKS are globs of file names without .sh. Needs root.
# With -i the clock of the guest counts instructions, so that the load of the host has no part in the times.
# In the environment: LIMIT is how many seconds a machine may take, PATIENCE what a check waits at most.
set -euo pipefail
cd "$(dirname "$0")"
limit=${LIMIT:-1200}
checks='*' clock=-k
while getopts ic: option; do
	case $option in
	i) clock=-i ;;
	c) checks=$OPTARG ;;
	*) exit 2 ;;
	esac
done
shift $((OPTIND - 1))
[ $# != 0 ] || set -- bookworm trixie

share=$(mktemp -d)
trap 'rm -rf "$share"' EXIT
# Machines in the background ignore an interrupt.
trap 'trap - TERM; kill 0' INT TERM
cp -r guest ../lab/guest/opennds.conf "$share"
CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o "$share/bin/" ./hotspot
make --no-print-directory -C ../.. package FORMATS=deb >"$share/package.log" 2>&1 || { cat "$share/package.log" && exit 1; }
cp ../../dist/*.deb "$share/hotspot-helper.deb"
../../packaging/newer.sh "$share/hotspot-helper.deb" "$share/newer.deb"
chmod -R a+rX "$share" # an ordinary user in the guest needs to read it

# Side by side, because the checks wait more than they work.
machines=()
for suite in "$@"; do
	image=$(../lab/build.sh -s "$suite" -i image)
	../lab/run.sh $clock -m 768 -t "$limit" "$image" "$share" \
		env PATIENCE="${PATIENCE:-90}" timeout $((limit - 100)) bash /share/guest/run.sh "$checks" | sed -u "s/^/$suite: /" &
	machines+=($!)
done
status=0
for machine in "${machines[@]}"; do wait "$machine" || status=$?; done
exit $status
