# shellcheck shell=bash
# Our verdict reaches NetworkManager, and that of NetworkManager reaches the agent.
step "a login, and NetworkManager's connectivity"
# moment UNIT PATTERN: when a unit said something for the last time, in microseconds.
moment() {
	journalctl --output=json --since "@$begun" --no-pager "$1" |
		jq -r --arg pattern "$2" 'select((.MESSAGE | strings) | test($pattern)) | .__REALTIME_TIMESTAMP' | tail -n 1
}
# A probe asks for two small answers, so its time tells how busy the host is.
probe_time() { since | sed -n 's/.*msg="probe decided".*verdict=full.*elapsed=//p' | tail -n 1 | awk '/[0-9]ms/ { print int($1 * 1000) } /[0-9]s/ && !/ms/ { print int($1 * 1000000) }'; }
soon_full() {
	ours=$(moment _SYSTEMD_USER_UNIT=hotspot-helper.service to=authenticated)
	theirs=$(moment _SYSTEMD_UNIT=NetworkManager.service CONNECTED_GLOBAL)
	[ -n "$ours" ] && [ -n "$theirs" ] && [ $((theirs - ours)) -le $((1000000 + 4 * $(probe_time))) ]
}
leave
forget
begun=$(date +%s)
logins=$(granted)
mark
check "NetworkManager joins" join CafeNet
check "online" online CafeNet
check "one login" let_in $((logins + 1))
check "NetworkManager says full a second after the login" soon_full
echo "    $(((theirs - ours) / 1000)) ms after; a probe takes $(($(probe_time) / 1000)) ms"

step "the gateway drops the session"
mark
forget
check "the link still counts as online" online CafeNet
# As NetworkManager does by itself every 300 s.
check "NetworkManager checks" busctl call org.freedesktop.NetworkManager /org/freedesktop/NetworkManager org.freedesktop.NetworkManager CheckConnectivity
check "the agent hears it" said 'verdict=portal'
check "online again" online CafeNet
check "one more login" let_in $((logins + 2))
