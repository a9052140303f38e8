# shellcheck shell=bash
# The radio is switched off and on, and its interface goes and comes back.
step "rfkill"
logins=$(granted)
# rfkill(8) names radios of other namespaces like this one.
radio() { rfkill "$1" "$(basename /sys/class/ieee80211/phy1/rfkill* | tr -dc 0-9)"; }
check "the radio is switched off" radio block
check "the agent sees it" phase inactive
check "the radio is switched on" radio unblock
check "NetworkManager has joined again" active CafeNet
check "online" online CafeNet
check "no second login" let_in "$logins"

step "an interface that goes and comes back"
iw dev $STATION del
not_there() { ! associations | grep -q "^$STATION .*authenticated"; }
check "the agent sees it" not_there
check "the interface is back" iw phy phy1 interface add $STATION type station
check "NetworkManager has joined again" active CafeNet
check "online" online CafeNet
check "no second login" let_in "$logins"
