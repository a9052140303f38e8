package replay

import (
	"flag"
	"testing"

	"hotspot-helper/internal/schema/schematest"
	"hotspot-helper/plugins"
)

// keys tells what each key of a case is, in a line.
func keys() map[string]schematest.Key {
	return map[string]schematest.Key{
		"case.description": {Text: "One sentence: what happens."},
		"case.flow":        {Text: "The flow that is played; authenticate where nothing is said.", Words: []string{plugins.FlowAuthenticate, plugins.FlowMaintain, plugins.FlowLogoff}},
		"case.network":     {Text: "What was joined."},
		"case.link":        {Text: "The interface."},
		"case.portal":      {Text: "{{.probe.url}}; the URL of the last hop where nothing is said."},
		"case.api":         {Text: "{{.probe.api}}: the portal's RFC 8908 API."},
		"case.wispr":       {Text: "The WISPAccessGatewayParam element that the probe met."},
		"case.inputs":      {Text: "Made-up values of what the user provides."},
		"case.session":     {Text: "For maintain and logoff: what authenticate captured."},
		"case.now":         {Text: "When the flow begins; 2026-01-02T03:04:05Z where nothing is said."},
		"case.random":      {Text: "Octets that random_hex draws, in hexadecimal digits; behind them zeros."},
		"case.hop":         {Text: "What the probe met, first to last: the evidence for the claim."},
		"case.answer":      {Text: "The portal's answers, in the order they are expected."},

		"network.ssid":     {Text: "The name; \\xNN is an octet. Empty: a wire."},
		"network.bssid":    {Text: "Address of the access point."},
		"network.security": {Text: "As claims name it; open where nothing is said."},

		"link.gateway": {Text: "Address of the gateway."},
		"link.address": {Text: "Address of this computer."},

		"hop.url": {Text: "What the probe asked for.", Required: true},

		"answer.to":   {Text: "Method and URL of the request that it answers: GET http://192.0.2.1/login.", Required: true},
		"answer.form": {Text: "Fields that must have been sent, beside others."},
		"answer.json": {Text: "What the JSON that was sent must have in it."},

		"response.status": {Text: "HTTP status; 200 where nothing is said."},
		"response.header": {Text: "Names to values; a lone value may stand without brackets."},
		"response.body":   {Text: "File beside the case that has the body, octet by octet."},
		"response.text":   {Text: "Or the body itself."},
		"response.error":  {Text: "Or there was no answer, and this is why."},
	}
}

// update makes TestSchemaMatchesTypes write schema.json.
var update = flag.Bool("update", false, "write schema.json")

func TestSchemaMatchesTypes(t *testing.T) {
	schematest.Check(t, Schema(), *update, "Recorded case of a hotspot-helper pack", Case{}, keys())
}
