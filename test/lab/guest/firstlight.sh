#!/bin/sh
# firstlight: helper joins a real access point with a real gateway, and logs in by itself: after joining, and again after a
# deauthentication. Then it logs off and ends.
# shellcheck source=lib.sh
. /share/guest/lib.sh

capabilities() { sed -n 's/^Cap\(Eff\|Prm\|Bnd\|Amb\):\t//p' "/proc/$(pid helper)/status" | sort -u; }
label() { as-user helper networks --json | jq -r '.[] | select(.ssid == "TestNet") | .label'; }
association() {
	as-user helper status --json | jq -r ".associations[] | select(.interface == \"$STATION\") | $1"
}
probed() {
	code=0
	evidence=$(as-user helper probe --config /share/guest/helper.toml --interface "$STATION" --json) || code=$?
	echo "$(printf %s "$evidence" | jq -r .verdict), exit code $code" # dash's echo would interpret the backslashes of the JSON
}

logoff() { as-user helper logoff --interface "$STATION" --json | jq -r .phase; }

# logged_in: the checks after a login that helper started by itself.
logged_in() {
	expect 120 "helper logs in by itself" "TestNet authenticated full opennds" \
		association '"\(.ssid) \(.phase) \(.verdict) \(.helper)"'
	expect 10 "the Internet answers" 200 fetch /
}

step "access point and Internet"
internet
access_point TestNet
step "openNDS"
opennds

step "helper"
session_bus
expect 0 "consent to the gateway's terms" "recorded: opennds may accept terms in your name on every network
these terms: the terms of service of this hotspot (openNDS)" \
	as-user helper consent terms opennds always --config /share/guest/helper.toml
start helper as-user helper run --interface "$STATION" --config /share/guest/helper.toml --verbose
expect 20 "helper is on the bus" inactive association .phase
expect 0 "helper has no capability, nor a way to get one" 0000000000000000 capabilities

step "scan"
within 20 scan
expect 20 "helper labels the network" "Lab Hotspot" label

step "join"
join TestNet
logged_in

step "deauthenticate and join again"
deauthenticate
expect 20 "helper sees the loss" inactive association .phase
join TestNet
logged_in

step "log off"
expect 0 "helper logs off" logged-off logoff
expect 20 "the gateway intercepts again" "portal, exit code 3" probed
stays 15 "helper stays logged off" logged-off association .phase

step "SIGTERM"
kill -TERM "$(pid helper)"
(sleep 2 && kill -KILL "$(pid helper)") 2>/dev/null &
code=0
wait "$(pid helper)" || code=$?
expect 0 "helper ends within 2 s, exit code" 0 echo $code

step "end"
