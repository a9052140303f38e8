# shellcheck shell=bash
# lib.sh: sourced by the checks, inside the VM. Namespaces:
#
#	root   a desktop: wlan1, a user with a session, the daemons that the check starts
#	ap     10.7.7.1: the access point TestNet, with DHCP, DNS and openNDS
#	inet   203.0.113.80: the Internet behind openNDS; every name resolves to it
#	cafe   10.8.8.1: the access points of CafeNet, with DHCP, DNS, a fast portal and an Internet of its own
#	office 10.9.9.1: the same for a wire
#	slow   10.6.6.1: the same with a portal that answers one request after the other, each after 3 s

LOGS=/run/desktop
STATION=wlan1
STATION_MAC=02:00:00:00:01:00
INTERNET=203.0.113.80
PATH=/share/bin:$PATH
passed=0 failed=0 complete=false
mkdir -p $LOGS

seconds() { cut -d' ' -f1 /proc/uptime; }
step() { echo "--- $(seconds) s: $*"; }

# start NAME COMMAND...: run a program in the background, with a log and a pid file of that name.
start() {
	local name=$1 && shift
	setsid "$@" >"$LOGS/$name.log" 2>&1 </dev/null &
	echo $! >"$LOGS/$name.pid"
}
stop() { kill "$(cat "$LOGS/$1.pid")" && until_true 20 gone "$1"; }
gone() { ! kill -0 "$(cat "$LOGS/$1.pid")" 2>/dev/null; }

# until_true SECONDS COMMAND...: try COMMAND until it succeeds or the time is up. The tries take a fifth of the time at most: the rest is
# for what they wait for.
until_true() {
	local end=$((SECONDS + $1)) began && shift
	while began=${EPOCHREALTIME/./} && ! "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || return 1
		busybox usleep $((200000 + 4 * (${EPOCHREALTIME/./} - began)))
	done
}

# check WHAT COMMAND...: COMMAND succeeds within PATIENCE seconds. A busy host slows everything down: it is what an event may
# take there at most.
PATIENCE=${PATIENCE:-90}
check() {
	local what=$1 check_begun && shift # COMMAND sees this variable
	check_begun=$(date +%s%N)
	if until_true "${WITHIN:-$PATIENCE}" "$@"; then
		passed=$((passed + 1))
		printf 'ok %s (%d.%d s)\n' "$what" $((($(date +%s%N) - check_begun) / 1000000000)) $((($(date +%s%N) - check_begun) / 100000000 % 10))
	else
		failed=$((failed + 1))
		echo "FAILED $what: waited ${WITHIN:-$PATIENCE} s for: $*"
		what_is
	fi
}

# what_is: where the desktop stands, for a check that failed.
what_is() {
	associations | sed 's/^/    /'
	since | tail -n 25 | cut -c1-300 | sed 's/^/    /'
}

# finish ends the checks with totals; after a failure the agents' journal comes first.
finish() {
	$complete || { failed=$((failed + 1)) && echo "FAILED: the checks broke off"; ps axfo pid,stat,wchan:25,args; }
	if [ $failed != 0 ]; then
		local log
		for log in "$LOGS"/*.log; do echo "==== $log" && tail -n "${TAIL:-200}" "$log" | cut -c1-400; done
	fi
	echo "$passed checks ok, $failed failed, in $(cut -d. -f1 /proc/uptime) s since the start of the machine"
	exit $((failed != 0))
}

# The journal of the agents goes to a file. mark remembers its end, since prints what came after, and said matches in that.
follow() {
	start agent journalctl --follow --lines=0 --output=short-monotonic --no-hostname \
		_SYSTEMD_USER_UNIT=hotspot-helper.service + _SYSTEMD_UNIT=hotspot-helper-system.service
}
mark() { marked=$(wc -l <$LOGS/agent.log); }
since() { tail -n "+$((marked + 1))" $LOGS/agent.log; }
said() { since | grep -q -- "$1"; }
# times PATTERN COUNT: the agent said it that often since the mark.
times() { [ "$(since | grep -c -- "$1")" = "$2" ]; }

# user COMMAND...: as the desktop's user, outside of his session; inside COMMAND...: in a unit of his session.
AS_USER=(setpriv --reuid=1000 --regid=1000 --init-groups env -C /home/user HOME=/home/user USER=user XDG_RUNTIME_DIR=/run/user/1000
	DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/1000/bus)
user() { "${AS_USER[@]}" "$@"; }
inside() { user systemd-run --user --quiet --wait --pipe --collect "$@"; }

# associations prints each association as the agent showed it last, as INTERFACE NETWORK PHASE VERDICT HELPER. One process follows the
# status: to start one for each look takes the emulated processor longer than what the checks wait for.
follow_status() { start status "${AS_USER[@]}" helper status --watch; }
associations() {
	sed -e "s/^[^ ]* \([^ :]*\) '\(.*\)': \([a-z-]*\), verdict \([a-z]*\)/\1 \2 \3 \4\t/" \
		-e 's/^[^ ]* \([^ :]*\): \([a-z-]*\), verdict \([a-z]*\)/\1  \2 \3\t/' \
		-e 's/\t, helper \([^ ,:]*\).*/ \1/' -e 's/\t.*//' $LOGS/status.log |
		awk '/waiting for an agent/ { delete last; next } { last[$1] = $0 } END { for (name in last) print last[name] }'
}
# is WORDS [INTERFACE]: an association has these words: network, phase, verdict, helper, as far as they are given.
is() { associations | grep -q "^${2:-$STATION} $1\( \|$\)"; }
online() { is "$1 authenticated full"; }
phase() { associations | grep -q "^$STATION .* $1 [a-z]*\( \|$\)"; }

# The agent of the user runs as this process.
runs() { [ "$(main_pid)" = "$1" ]; }
main_pid() { user systemctl --user show --property MainPID --value hotspot-helper; }

# radios makes the radios and what lies behind the access points.
radios() {
	# Yemen allows 2.4 GHz alone: a connected radio scans that in 2 s, and all bands in 16.
	modprobe cfg80211 && iw reg set YE
	modprobe mac80211_hwsim radios=4
	udevadm settle --timeout=60
	local name
	for name in ap inet cafe office slow; do ip netns add $name && ip -n $name link set lo up; done
	ip link add up0 netns ap type veth peer name in0 netns inet
	ip -n ap addr add 10.99.0.1/30 dev up0 && ip -n ap link set up0 up
	ip -n ap route add default via 10.99.0.2
	ip netns exec ap sysctl -qw net.ipv4.ip_forward=1
	ip -n inet addr add 10.99.0.2/30 dev in0 && ip -n inet link set in0 up
	ip -n inet addr add $INTERNET/32 dev lo
	ip -n inet route add 10.7.7.0/24 via 10.99.0.1
	start dns ip netns exec inet dnsmasq -k -C /dev/null --no-resolv --no-hosts --listen-address=10.99.0.2 --bind-interfaces \
		--address=/#/$INTERNET --local=/#/ --log-facility=-
	mkdir -p /etc/ssl/certs # the desktop trusts the authorities of both
	start internet ip netns exec inet hotspot -authority /etc/ssl/certs/internet.pem
	bridge ap 10.7.7 --server=10.99.0.2 --address=/status.client/10.7.7.1
	portal cafe 10.8.8
	portal office 10.9.9
	portal slow 10.6.6 -serial 3s
	local radio
	for radio in 0:ap 2:cafe 3:cafe; do iw phy "phy${radio%:*}" set netns name "${radio#*:}"; done
}

# portal NAMESPACE PREFIX OPTIONS...: a network with a portal, which has these options, and an Internet of its own.
portal() {
	local name=$1 prefix=$2 && shift 2
	bridge "$name" "$prefix" --address=/#/$INTERNET --local=/#/
	ip -n "$name" addr add $INTERNET/32 dev lo
	start "$name" ip netns exec "$name" hotspot -portal -authority "/etc/ssl/certs/$name.pem" "$@"
}

# bridge NAMESPACE PREFIX OPTIONS...: the network of an access point, with DHCP and DNS.
bridge() {
	local name=$1 prefix=$2 && shift 2
	ip -n "$name" link add br0 type bridge
	ip -n "$name" addr add "$prefix.1/24" dev br0
	ip -n "$name" link set br0 up
	# openNDS serves only clients whose lease it finds; it reads this file.
	start "dhcp-$name" ip netns exec "$name" dnsmasq -k -C /dev/null --no-resolv --no-hosts --interface=br0 --except-interface=lo \
		--bind-dynamic --dhcp-range="$prefix.50,$prefix.99,1h" --dhcp-leasefile="/tmp/dhcp.leases${name#ap}" --log-facility=- "$@"
}

# access_point RADIO NAMESPACE SSID CHANNEL [LINE...]: an access point; its log is named after the radio.
access_point() {
	local radio=$1 name=$2 ssid=$3 channel=$4 && shift 4
	ip -n "$name" link set "wlan$radio" up
	printf '%s\n' "interface=wlan$radio" driver=nl80211 bridge=br0 hw_mode=g "channel=$channel" "ssid=$ssid" \
		"ctrl_interface=$LOGS/hostapd" "$@" >"$LOGS/ap$radio.conf"
	start "ap$radio" ip netns exec "$name" hostapd "$LOGS/ap$radio.conf"
	until_true 60 grep -q AP-ENABLED "$LOGS/ap$radio.log"
}

# opennds starts openNDS, which intercepts when it is ready.
opennds() {
	touch /etc/dnsmasq.conf # its scripts write into it
	mkdir -p /etc/config
	sed 's/wlan0/br0/' /share/opennds.conf >/etc/opennds/opennds.conf # 9 reads this one, whatever -c says
	cp /share/guest/opennds.uci /etc/config/opennds                          # 10 reads this one
	start opennds ip netns exec ap opennds -f
}
opennds_ready() {
	grep -q 'Client List Refresh is Done' $LOGS/opennds.log || # 9
		{ ip netns exec ap nft list table ip nds_nat | grep -q 'dnat to .*:2050' && ip netns exec ap ndsctl json; } # 10
}

# Of a portal: forget makes it forget its client, let_in COUNT: it let it in so often; requests prints how many it got.
forget() { kill -USR1 "$(cat "$LOGS/${1:-cafe}.pid")"; }
granted() { grep -c ' granted ' "$LOGS/${1:-cafe}.log"; }
let_in() { [ "$(granted "${2:-cafe}")" = "$1" ]; }
requests() { wc -l <"$LOGS/${1:-cafe}.log"; }

# networkmanager [SECTION-AND-LINES]: the configuration of NetworkManager, as Debian's, and more lines.
networkmanager() {
	mkdir -p /etc/NetworkManager/conf.d
	printf '%s\n' '[main]' 'no-auto-default=*' "${RESOLVER:-rc-manager=file}" '[connectivity]' enabled=true \
		uri=http://network-test.debian.org/nm interval=300 '[keyfile]' 'unmanaged-devices=interface-name:hwsim*' "$@" \
		>/etc/NetworkManager/conf.d/desktop.conf
	systemctl restart NetworkManager
	until_true 60 nmcli -t -f STATE general
}
# metered yes|no tells NetworkManager that CafeNet is, hears_metered true|false: the agent heard it.
metered() { nmcli connection modify CafeNet connection.metered "$1" && nmcli device reapply $STATION >/dev/null; }
hears_metered() { user helper status --json | jq -e --arg interface $STATION --argjson metered "$1" '.associations[] | select(.interface == $interface and (.metered // false) == $metered)'; }
connectivity() { [ "$(nmcli -t -f CONNECTIVITY general)" = "$1" ]; }

# join SSID [OPTION...]: have NetworkManager join a network, which it may have to find first.
join() {
	local ssid=$1 && shift
	until_true "$PATIENCE" seen "$ssid" && nmcli --wait "$PATIENCE" device wifi connect "$ssid" ifname $STATION "$@"
}
seen() { nmcli -t -f SSID device wifi list --rescan yes ifname $STATION | grep -qx "$1"; }
active() { nmcli -t -f NAME,STATE connection show --active | grep -qx "$1:activated"; }
leave() { nmcli --wait 30 device disconnect $STATION >/dev/null; }
