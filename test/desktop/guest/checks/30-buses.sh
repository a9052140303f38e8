# shellcheck shell=bash
# The buses are restarted: the agent hears the desktop again, and is heard.
step "the system bus is restarted"
agent=$(main_pid) logins=$(granted)
mark
check "the system bus is restarted" systemctl restart dbus
# None of them survives its bus, nor comes back by itself: logind of Debian 13 runs on, but is not on the new bus.
check "logind and NetworkManager are restarted" systemctl restart systemd-logind wpa_supplicant NetworkManager
check "NetworkManager joins again" active CafeNet
check "the link is online again" online CafeNet
metered yes
check "the agent hears NetworkManager: metered" hears_metered true
metered no
check "and not metered" hears_metered false
check "online" online CafeNet
check "no second login" let_in "$logins"
check "the agent is the same" runs "$agent"

step "the session bus is restarted"
mark
user systemctl --user restart dbus
check "the agent is on the bus again" said "agent is on the bus"
check "and answers" online CafeNet
check "it is the same" runs "$agent"

step "activation"
user systemctl --user stop hotspot-helper
check "helper status starts the agent" user helper status
check "as its unit" user systemctl --user is-active hotspot-helper
check "and it finds the link online" online CafeNet
check "no second login" let_in "$logins"
