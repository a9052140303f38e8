#!/bin/sh
# byhand: the steps of firstlight with curl instead of helper. If firstlight fails, this shows whether the lab is at fault.
# shellcheck source=lib.sh
. /share/guest/lib.sh

networks() { as-user iw dev "$STATION" scan dump | sed -n 's/^[[:space:]]*SSID: //p'; }
forbidden() { as-user iw dev "$STATION" scan 2>&1 | grep -o 'Operation not permitted'; }

# click: both pages of openNDS's click-to-continue, as a browser requests them.
click() {
	fas=$(curl -s -m 20 -o /dev/null -w '%{redirect_url}' http://www.example.com/ | sed 's/.*?fas=//')
	for answer in continue=clicked landing=yes; do
		curl -s -m 60 -o /dev/null -G "http://$GATEWAY:2050/opennds_preauth/" --data-urlencode "fas=$fas" -d $answer
	done
}

step "access point and internet"
internet
access_point TestNet
step "openNDS"
opennds

step "scan"
expect 0 "an ordinary user may not scan" "Operation not permitted" forbidden
within 20 scan
expect 20 "an ordinary user sees what was found" TestNet networks

step "join"
join TestNet
expect 20 "the gateway intercepts" 307 fetch /
click
expect 10 "after the clicks" 200 fetch /

step "deauthenticate and join again"
deauthenticate
join TestNet
expect 20 "the gateway intercepts again" 307 fetch /
click
expect 10 "after the clicks" 200 fetch /
step "end"
