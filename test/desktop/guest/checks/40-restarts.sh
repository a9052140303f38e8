# shellcheck shell=bash
# NetworkManager and wpa_supplicant are restarted: the session is kept.
step "NetworkManager is restarted"
mark
logins=$(granted)
check "NetworkManager is restarted" systemctl restart NetworkManager
check "it has joined again" active CafeNet
check "online" online CafeNet
check "no second login" let_in "$logins"

step "wpa_supplicant is restarted"
mark
check "wpa_supplicant is restarted" systemctl restart wpa_supplicant
check "the agent sees that the network is lost" said 'to=inactive\|from=authenticated to=\(maintaining\|evaluating\)'
check "NetworkManager has joined again" active CafeNet
check "online" online CafeNet
check "no second login" let_in "$logins"
