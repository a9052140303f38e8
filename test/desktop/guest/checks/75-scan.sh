# shellcheck shell=bash
# A user of the session may have NetworkManager scan; a user without one may not.
step "scan"
finds() { inside helper networks --scan --json | jq -e --arg ssid "$1" 'any(.[]; .ssid == $ssid)'; }
check "a new access point" access_point 3 cafe NewNet 6
check "the user scans, and finds it" finds NewNet
refused() { ! user helper networks --scan 2>$LOGS/refused.log && grep -qi "NetworkManager" $LOGS/refused.log; }
check "outside of the session the scan is refused" refused
stop ap3
