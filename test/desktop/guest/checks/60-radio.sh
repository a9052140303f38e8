# shellcheck shell=bash
# What a radio does: deauthentication, the loss of an access point, roaming, hidden names, WPA2.
step "deauthentication"
logins=$(granted)
mark
hostapd_cli -p $LOGS/hostapd -i wlan2 deauthenticate $STATION_MAC >/dev/null
check "the agent looks at the link again" said 'to=authenticated'
check "online" online CafeNet
check "no second login" let_in "$logins"

step "the access point is lost"
mark
stop ap2
check "the agent sees it" phase inactive
check "the access point is back" access_point 2 cafe CafeNet 1
check "NetworkManager has joined again" active CafeNet
check "online" online CafeNet
check "no second login" let_in "$logins"

step "roam"
bssid_of() { ip netns exec cafe cat "/sys/class/net/wlan$1/address"; }
at() { iw dev $STATION link | grep -qi "Connected to $(bssid_of "$1")"; }
roam() { wpa_cli -i $STATION scan; wpa_cli -i $STATION roam "$(bssid_of "$1")" | grep -q OK; }
check "a second access point" access_point 3 cafe CafeNet 6
check "the station is at the first" at 2
mark
check "wpa_supplicant roams" roam 3
check "the station is at the second" at 3
check "the agent looks at the link" said 'from=maintaining to=authenticated\|verdict=full'
check "online" online CafeNet
check "the network was not lost" times 'to=inactive' 0
check "no second login" let_in "$logins"
stop ap3
check "the station is at the first again" at 2
check "online" online CafeNet

step "hidden name"
leave # or NetworkManager goes to CafeNet when it likes
forget
check "a hidden access point" access_point 3 cafe HiddenNet 6 ignore_broadcast_ssid=1
nmcli connection add type wifi con-name HiddenNet ifname $STATION ssid HiddenNet wifi.hidden yes connection.autoconnect no >/dev/null
check "NetworkManager joins" nmcli --wait 60 connection up HiddenNet
check "online" online HiddenNet
check "one login" let_in $((logins + 1))
leave
stop ap3

step "WPA2"
forget
check "an access point with WPA2" access_point 3 cafe SafeNet 6 wpa=2 wpa_key_mgmt=WPA-PSK rsn_pairwise=CCMP wpa_passphrase=correct-horse
check "NetworkManager joins" join SafeNet password correct-horse
check "online" online SafeNet
check "one login" let_in $((logins + 2))
leave
nmcli connection delete SafeNet HiddenNet >/dev/null
stop ap3
check "NetworkManager goes back" nmcli --wait 60 connection up CafeNet
check "online" online CafeNet
