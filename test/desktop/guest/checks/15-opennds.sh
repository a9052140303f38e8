# shellcheck shell=bash
# The desktop joins an openNDS hotspot with NetworkManager, and is logged in.
step "openNDS"
authenticated_at_opennds() { ip netns exec ap ndsctl json | jq -e --arg mac $STATION_MAC '.clients[$mac].state == "Authenticated"'; }
check "an access point" access_point 0 ap TestNet 1
opennds # waits for the access point's carrier, for long where it comes later
WITHIN=300 check "openNDS intercepts" opennds_ready
check "NetworkManager joins" join TestNet
WITHIN=300 check "logged in by the pack" is "TestNet authenticated full opennds"
check "openNDS has the client" authenticated_at_opennds
check "NetworkManager says full" connectivity full
leave
nmcli connection delete TestNet >/dev/null
stop ap0
stop opennds
check "NetworkManager goes back" nmcli --wait 60 connection up CafeNet
check "online" online CafeNet
