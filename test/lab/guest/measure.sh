#!/bin/sh
# measure.sh: sourced by the measurements, after lib.sh: two namespaces, a round trip apart.
#
#	root   10.7.7.2  eth0, the client
#	world  10.7.7.1  the gateway, the portal, and every other address there is
RTT=100
RESULTS=$LOGS/results.json
: >"$RESULTS"

# delay DEVICE [NAMESPACE]: half a round trip for all but ARP, which a real client has done already.
delay() {
	tc ${2:+-n $2} qdisc add dev "$1" root handle 1: prio bands 2 priomap 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
	tc ${2:+-n $2} qdisc add dev "$1" parent 1:1 handle 10: netem delay $((RTT / 2))ms
	tc ${2:+-n $2} filter add dev "$1" parent 1: protocol arp prio 1 matchall classid 1:2
}

wire() {
	ip netns add world
	ip link add eth0 type veth peer name gw0 netns world
	sysctl -qw net.ipv6.conf.eth0.disable_ipv6=1
	ip -n world link set lo up
	ip -n world addr add 10.7.7.1/24 dev gw0
	ip -n world link set gw0 up
	delay eth0
	delay gw0 world
}

bound() { [ "$(ip netns exec world ss -Hlntu 'sport = 53 or sport = 80' | wc -l)" -ge 3 ]; }
free() { ! bound; }

address() {
	ip addr flush dev eth0
	ip addr add 10.7.7.2/24 dev eth0
	ip link set eth0 up
	echo "nameserver 10.7.7.1" >/etc/resolv.conf
}
route() { ip route replace default via 10.7.7.1 dev eth0; }

# clock FLAGS... COMMAND...: one measurement. The neighbour table of the client is warm.
clock() {
	# shellcheck disable=SC2086,SC2154 # any number of words; the caller sets peer and net
	stopwatch measure -peer "$peer" -network "$net" $FLAGS "$@" >>"$RESULTS" || echo "FAIL: $peer on $net"
	tail -n 1 "$RESULTS"
}

# repeat N COMMAND...
repeat() {
	n=$1 && shift
	while [ "$n" -gt 0 ]; do
		"$@"
		n=$((n - 1))
	done
}

