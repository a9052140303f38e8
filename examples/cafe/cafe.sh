#!/bin/sh
# A live helper as a shell script with jq: a skeleton that logs in to the portal of the tutorial in
# docs/pack-format.md. (A pack can do that, too.) docs/live-helpers.md explains the protocol.

description='{"name": "cafe", "version": "1.0.0", "label": "Cafe Lumen", "hosts": ["login.cafe.test"],
  "terms": ["the terms of use of Cafe Lumen"],
  "inputs": [{"name": "user", "prompt": "Card number"}, {"name": "password", "prompt": "PIN", "secret": true}]}'

# get FILTER: what the line has. Secrets stay in pipes: arguments can be read by others.
get() { printf '%s' "$line" | jq -r "$1"; }

# exchange FILTER: asks the agent for what the filter makes of the call, and reads the answer.
exchange() {
	printf '%s' "$line" | jq -c --arg token "$token" "{method: \"org.hotspothelper.Live1.Exchange\", parameters: $1}"
	call=$line
	read -r line
}

authenticate() {
	token=
	exchange '{url: "/", step: "page"}'
	token=$(get '.parameters.body // "" | capture("name=\"token\" value=\"(?<t>[^\\\"]+)\"").t')
	line=$call
	# shellcheck disable=SC2016 # $token is jq's
	exchange '{url: "/go", step: "login", form: {token: $token, card: .parameters.inputs.user, pin: .parameters.inputs.password, terms: "yes"}}'
	get '.parameters.body // ""' | grep -q 'class="error"' && outcome=denied || outcome=submitted
	printf '{"parameters": {"result": {"outcome": "%s"}}}\n' "$outcome"
}

while read -r line; do
	case $(get '.method') in
	*.Describe) printf '{"parameters": %s}' "$description" | jq -c . ;;
	*.Claim) get '{parameters: {claims: [.parameters.networks[] | {confidence: "high"}]}} | tojson' ;;
	*.Authenticate) authenticate ;;
	*.Cancel) exit ;;
	*) echo '{"error": "org.varlink.service.MethodNotFound"}' ;;
	esac
done
