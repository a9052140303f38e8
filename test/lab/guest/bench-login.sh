#!/bin/sh
# bench-login: measures the time of a login on networks with a round trip of 100 ms, beside what a program needs that knows the
# portal. helper's begins with the default route and ends when the agent says authenticated. See measure.sh.
# shellcheck source=lib.sh
. /share/guest/lib.sh
# shellcheck source=measure.sh
. /share/guest/measure.sh
PEERS=${1:-bare agent}
PORTALS=${2:-click form json}
REPEAT=${3:-5}
FLAGS=${4:-}
export SSL_CERT_FILE=$LOGS/authority.pem
export HOME=/run/bench XDG_STATE_HOME=/run/bench/state
CONFIG=$HOME/helper.toml

# portal NAME: a network with this portal, and what helper needs to know.
portal() {
	kind=$1 packs=
	rm -rf $HOME
	mkdir -p $HOME
	case $1 in
	form) kind=credentials packs=$HOME/packs ;;
	json) kind=unifi ;;
	esac
	ip netns exec world nft -f - <<N
flush ruleset
table ip lab {
	chain to {
		type nat hook prerouting priority -100
		iifname gw0 tcp dport != { 53, 443 } redirect to :80
		iifname gw0 tcp dport { 53, 443 } redirect
	}
}
N
	[ ! -e $LOGS/netplay.pid ] || kill "$(pid netplay)"
	within 10 free
	start netplay ip netns exec world netplay -portal "$kind" -seed 16 -authority $SSL_CERT_FILE ${packs:+-pack $packs}
	within 10 bound
	: >$CONFIG
	case $1 in
	click) helper consent terms click-through always ;;
	json) helper consent terms unifi always ;;
	form)
		echo "packs = [\"$packs\"]" >$CONFIG
		agent
		route
		within 20 grep -q 'to=presenting-ui' $LOGS/agent.log # it knows the network then
		stop_agent
		helper consent cleartext bench --config $CONFIG --network ''
		printf ada | helper secret set bench user --file --config $CONFIG
		printf 2718 | helper secret set bench pin --file --config $CONFIG
		;;
	esac
	cp -r "$XDG_STATE_HOME" $HOME/before
}
forget() { ip netns exec world curl -s -X POST http://10.7.7.1/; }

bare_once() {
	route
	clock -verdict '^login (\d+)' -name 204=in -name 302=out bare-login "$net"
}

# agent starts the agent on a link without a route.
agent() {
	ip route del default 2>/dev/null || true
	start agent helper run --config $CONFIG --interface eth0 --verbose
	within 20 grep -q 'agent started' $LOGS/agent.log
}
stop_agent() {
	kill "$(pid agent)"
	wait "$(pid agent)" || true
}

agent_once() {
	rm -rf "$XDG_STATE_HOME"
	cp -r $HOME/before "$XDG_STATE_HOME"
	agent
	clock -process "$(pid agent)" -follow $LOGS/agent.log -verdict 'association changed.* to=(authenticated)' -name authenticated=in \
		ip route add default via 10.7.7.1 dev eth0
	stop_agent
}

wire
for net in $PORTALS; do
	address
	step "$net"
	portal "$net"
	for peer in $PEERS; do
		n=$REPEAT
		while [ "$n" -gt 0 ]; do
			forget
			"${peer}_once"
			n=$((n - 1))
		done
	done
done
[ -z "$FLAGS" ] || cut -c1-300 $LOGS/agent.log
step "what was measured"
echo "Linux $(uname -r), $(curl --version | head -n 1 | cut -d' ' -f1,2), $(helper --version)"
step "table"
stopwatch table $RTT <$RESULTS
step "end"
