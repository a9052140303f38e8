#!/bin/sh
# A live helper that behaves well: it logs in at the portal of CafeNet.

# of FILTER: what the line has.
of() { printf '%s' "$line" | jq -r "$1"; }

authenticate() {
	of '{method: "org.hotspothelper.Live1.Exchange", parameters: {url: .parameters.portal.url, step: "page"}} | tojson'
	read -r line
	of '.parameters.body | {
		action: capture("method=\"POST\" action=\"(?<it>[^\"]+)\"").it,
		token:  capture("type=\"hidden\" name=\"(?<key>[a-z]+)\" value=\"(?<value>[0-9a-f]{24})\""),
		kept:   capture("type=\"checkbox\" name=\"(?<it>[a-z]+)\" checked").it
	} | {method: "org.hotspothelper.Live1.Exchange", parameters: {url: .action, step: "login", form: (
		{venue: "Café Zürich", (.kept): "on"} + ([.token] | from_entries))}} | tojson'
	read -r line
	echo '{"parameters": {"result": {"outcome": "submitted"}}}'
}

while read -r line; do
	case $line in
	*Live1.Describe*) echo '{"parameters": {"name": "clicker", "version": "1.0.0", "label": "Cafe", "hosts": ["@start"], "terms": ["the terms of the cafe"]}}' ;;
	*Live1.Claim*) echo '{"parameters": {"claims": [{"confidence": "high"}]}}' ;;
	*Live1.Authenticate*) authenticate ;;
	*) echo '{"error": "org.varlink.service.MethodNotFound", "parameters": {}}' ;;
	esac
done
