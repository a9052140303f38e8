#!/bin/sh
# udhcpc runs this with a lease: sets the address and a default route, and writes the offered portal API for the test.
# METRIC and LEASE come from the test, the names in lower case from udhcpc.
# shellcheck disable=SC2154
case $1 in
deconfig)
	ip addr flush dev "$interface"
	ip link set "$interface" up
	;;
bound | renew)
	ip addr replace "$ip/$mask" dev "$interface"
	ip route replace default via "${router%% *}" dev "$interface" metric "$METRIC"
	printf 'ip=%s\nrouter=%s\nopt114=%s\n' "$ip" "$router" "${opt114:-}" >"$LEASE"
	;;
esac
