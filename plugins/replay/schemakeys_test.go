package replay

import (
	"flag"
	"testing"

	"hotspot-helper/internal/schema/schematest"
	"hotspot-helper/plugins"
)

// keys describes each key of a case.
func keys() map[string]schematest.Key {
	return map[string]schematest.Key{
		"case.description": {Text: "One sentence: what happens."},
		"case.flow":        {Text: "The flow to run; default: authenticate.", Words: []string{plugins.FlowAuthenticate, plugins.FlowMaintain, plugins.FlowLogoff}},
		"case.network":     {Text: "The joined network."},
		"case.link":        {Text: "The interface."},
		"case.portal":      {Text: "{{.probe.url}}; default: the URL of the last hop."},
		"case.api":         {Text: "{{.probe.api}}: the portal's RFC 8908 API."},
		"case.wispr":       {Text: "The WISPAccessGatewayParam element that the probe met."},
		"case.inputs":      {Text: "Made-up values of the inputs."},
		"case.session":     {Text: "For maintain and logoff: the captures of authenticate."},
		"case.now":         {Text: "Start of the flow; default: 2026-01-02T03:04:05Z."},
		"case.random":      {Text: "Bytes that random_hex draws, in hexadecimal digits; then zeros."},
		"case.hop":         {Text: "Responses that the probe met, first to last: the evidence for the claim."},
		"case.answer":      {Text: "The portal's answers, in the expected order."},

		"network.ssid":     {Text: "The name; \\xNN is a byte. Empty: a wired network."},
		"network.bssid":    {Text: "Address of the access point."},
		"network.security": {Text: "As in claims; default: open."},

		"link.gateway": {Text: "Address of the gateway."},
		"link.address": {Text: "Address of this computer."},

		"hop.url": {Text: "The URL that the probe requested.", Required: true},

		"answer.to":   {Text: "Method and URL of the request, for example GET http://192.0.2.1/login.", Required: true},
		"answer.form": {Text: "Fields that the request must have, among others."},
		"answer.json": {Text: "What the JSON of the request must contain."},
		"answer.sent": {Text: "Headers that the request must have, among others; a secret may be [redacted]."},

		"response.status": {Text: "HTTP status; default: 200."},
		"response.header": {Text: "Names to values; a single value needs no brackets."},
		"response.body":   {Text: "File beside the case with the bytes of the body."},
		"response.text":   {Text: "Or the body itself."},
		"answer.took":     {Text: "Seconds until the answer, by which the clock of the case moves on.", Min: 0, Max: maxTook},
		"response.error":  {Text: "Or why there was no response."},
	}
}

// update makes TestSchemaMatchesTypes write schema.json.
var update = flag.Bool("update", false, "write schema.json")

func TestSchemaMatchesTypes(t *testing.T) {
	schematest.Check(t, Schema(), *update, "Recorded case of a hotspot-helper pack", Case{}, keys())
}
