#!/bin/sh
# lib.sh: sourced by the scenarios, inside the VM. Three namespaces:
#
#	root             wlan1, the station, and everything a desktop has
#	ap    10.7.7.1   wlan0, the access point, with DHCP, DNS and openNDS
#	inet  203.0.113.80, the internet: every name resolves to it
set -eu

LOGS=/run/lab
STATION=wlan1
STATION_MAC=02:00:00:00:01:00
GATEWAY=10.7.7.1
INTERNET=203.0.113.80
PATH=/share/guest:/share/bin:$PATH
failed=0
mkdir -p $LOGS
trap 'finish $?' EXIT

# step WORDS...: a heading, with the age of the VM in seconds.
step() { echo "--- $(cut -d' ' -f1 /proc/uptime) s: $*"; }

# finish STATUS: ends a scenario; after a failure it prints the end of every log.
finish() {
	if [ "$1" = 0 ]; then set -- "$failed"; else echo "FAIL: the scenario stopped with an error"; fi
	[ "$1" = 0 ] || for log in "$LOGS"/*.log; do echo "==== $log" && tail -n 100 "$log" | cut -c1-400; done
	exit "$1"
}

# start NAME COMMAND...: run COMMAND in the background, with a log and a pid file of that name. COMMAND must be a program:
# the pid of a function would be that of a subshell.
start() {
	name=$1 && shift
	"$@" >"$LOGS/$name.log" 2>&1 </dev/null &
	echo $! >"$LOGS/$name.pid"
}
pid() { cat "$LOGS/$1.pid"; }
seconds() { cut -d. -f1 /proc/uptime; }

# within SECONDS COMMAND...: try COMMAND until it succeeds or the time is up. A busy host slows everything down: be generous.
within() {
	deadline=$(($(seconds) + $1)) && shift
	until "$@" >/dev/null 2>&1; do
		[ "$(seconds)" -lt $deadline ] || return 1
		sleep 1
	done
}

# expect SECONDS WHAT WANT COMMAND...: check that COMMAND prints WANT within SECONDS.
expect() {
	limit=$1 what=$2 want=$3 && shift 3
	if within "$limit" prints "$@"; then echo "ok: $what: $want"; else fail; fi
}

# stays SECONDS WHAT WANT COMMAND...: check that COMMAND prints WANT all the time, for SECONDS.
stays() {
	limit=$1 what=$2 want=$3 && shift 3
	if within "$limit" differs "$@"; then fail; else echo "ok: $what: $want for $limit s"; fi
}

prints() {
	got=$("$@" 2>>$LOGS/checks.log) || true
	[ "$got" = "$want" ]
}
differs() { ! prints "$@"; }
fail() {
	echo "FAIL: $what: got '$got', want '$want'"
	failed=1
}

# internet makes the namespaces, and the network behind the gateway.
internet() {
	ip netns add ap
	ip netns add inet
	ip link add up0 netns ap type veth peer name in0 netns inet
	ip -n ap link set lo up
	ip -n ap addr add 10.99.0.1/30 dev up0
	ip -n ap link set up0 up
	ip -n ap route add default via 10.99.0.2
	ip netns exec ap sysctl -qw net.ipv4.ip_forward=1
	ip -n inet link set lo up
	ip -n inet addr add 10.99.0.2/30 dev in0
	ip -n inet addr add $INTERNET/32 dev in0
	ip -n inet link set in0 up
	ip -n inet route add 10.7.7.0/24 via 10.99.0.1
	# --local: queries for IPv6 addresses get an empty answer, not a refusal.
	start dns ip netns exec inet dnsmasq -k -C /dev/null --no-resolv --no-hosts --listen-address=10.99.0.2 --bind-interfaces \
		--address=/#/$INTERNET --local=/#/ --log-facility=-
	start internet ip netns exec inet fakenet $INTERNET:80
	within 20 ip netns exec inet curl -sf http://$INTERNET/
}

# access_point SSID: an open network on channel 1, with DHCP and DNS.
access_point() {
	# regtest=5 allows few channels: a full scan takes 2 s instead of 14.
	modprobe mac80211_hwsim radios=2 regtest=5
	iw phy phy0 set netns name ap
	ip link set $STATION up
	ip -n ap addr add $GATEWAY/24 dev wlan0
	ip -n ap link set wlan0 up
	cat >$LOGS/hostapd.conf <<X
interface=wlan0
driver=nl80211
ssid=$1
hw_mode=g
channel=1
ctrl_interface=$LOGS/hostapd
X
	start hostapd ip netns exec ap hostapd $LOGS/hostapd.conf
	within 20 grep -q AP-ENABLED $LOGS/hostapd.log
	# openNDS serves only clients whose lease it finds; it reads this file. Option 114 (RFC 8910) is the one that it would itself
	# set in a dnsmasq under systemd.
	start dhcp ip netns exec ap dnsmasq -k -C /dev/null --no-resolv --no-hosts --interface=wlan0 --bind-dynamic \
		--server=10.99.0.2 --address=/status.client/$GATEWAY --dhcp-range=10.7.7.50,10.7.7.99,1h \
		--dhcp-option-force=114,http://status.client/ --dhcp-leasefile=/tmp/dhcp.leases --log-dhcp --log-facility=-
}

# opennds starts openNDS and waits until it intercepts, which takes twenty seconds of shell scripts.
opennds() {
	mkdir -p /run/tmpfiles.d # for temporary files of its scripts; systemd makes it on a real system
	touch /etc/dnsmasq.conf  # its scripts write into it
	cp /share/guest/opennds.conf /etc/opennds/ # it reads this one, regardless of -c
	start opennds ip netns exec ap opennds -f
	within 120 grep -q 'Client List Refresh is Done' $LOGS/opennds.log
}

# session_bus: the D-Bus daemon for the programs of as-user.
session_bus() {
	install -d -o nobody -m 700 /run/user
	start bus as-user dbus-daemon --session --nofork --address=unix:path=/run/user/bus
	within 20 test -S /run/user/bus
}

# Only root may trigger a scan. One frequency, because all of them would take ten times as long. Trigger only: if iw waits for
# the end as well, it can miss it on a busy host, and then waits for ever.
scan() { iw dev $STATION scan trigger freq 2412; }

# join SSID: associate, and get an address.
join() {
	ip addr flush dev $STATION # removes the addresses of the last network, as a network manager does
	# Without a supplicant nothing retries, and cfg80211 is busy for a moment after a lost link.
	within 20 connect "$1"
	within 20 associated "$1"
	busybox udhcpc -i $STATION -s /share/guest/lease -O 114 -n -q -f -t 10 >$LOGS/udhcpc.log 2>&1
}
connect() { iw dev $STATION connect "$1" || associated "$1"; }
associated() { iw dev $STATION link | grep -q "SSID: $1"; }

# deauthenticate: the access point disconnects the station and openNDS forgets it.
deauthenticate() {
	hostapd_cli -p $LOGS/hostapd deauthenticate $STATION_MAC >$LOGS/deauthenticate.log
	within 10 disassociated
	ip netns exec ap ndsctl deauth $STATION_MAC >>$LOGS/deauthenticate.log 2>&1
}
disassociated() { iw dev $STATION link | grep -q "Not connected"; }

# fetch PATH: the status of a page of the internet, requested by the station.
fetch() { curl -s -m 20 -o /dev/null -w '%{http_code}' "http://www.example.com$1"; }
