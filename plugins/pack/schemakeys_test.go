package pack

import (
	"flag"
	"testing"

	"hotspot-helper/internal/schema/schematest"
)

// keys describes each key of a pack.toml in a line; docs/pack-format.md has the details.
func keys() map[string]schematest.Key {
	return map[string]schematest.Key{
		"pack.format":      {Text: "Version of the format: 1.", Required: true, Min: packFormat, Max: packFormat},
		"pack.name":        {Text: "Lower-case letters, digits and single dashes; that of the directory.", Required: true},
		"pack.version":     {Text: "Three numbers, like 1.0.0.", Required: true},
		"pack.label":       {Text: "What network lists show, 1 to 24 characters.", Required: true},
		"pack.description": {Text: "One sentence."},
		"pack.claim":       {Text: "Whose network it is. Before a portal is seen the first claim by name that matches decides, then the first with evidence.", Required: true},

		"spec.confidence":   {Text: "How sure the claim is. Only by the name: low.", Required: true, Words: []string{"none", "low", "medium", "high"}},
		"spec.ssid":         {Text: "The name: exact, glob (*, ?) or /regular expression/; \\xNN is a byte."},
		"spec.ssid_file":    {Text: "File beside pack.toml with exact names, one a line: they count as if they stood in ssid."},
		"spec.bssid":        {Text: "Beginning of an access point's address: 02:00:5e."},
		"spec.bssid_file":   {Text: "File beside pack.toml with such beginnings, one a line: they count as if they stood in bssid."},
		"spec.security":     {Text: "How the network is secured.", Words: []string{"open", "owe", "wep", "personal", "enterprise"}},
		"spec.portal_host":  {Text: "Evidence: host of the page's URL: name, glob or /regular expression/."},
		"spec.portal_path":  {Text: "Evidence: path of the page's URL, likewise."},
		"spec.portal_query": {Text: "Evidence: names of parameters of the page's URL, of which all must be there."},
		"spec.status":       {Text: "Evidence: HTTP status of the page."},
		"spec.header":       {Text: "Evidence: header names and patterns of their values, of which all must hold."},
		"spec.body":         {Text: "Evidence: text that the page contains."},
		"spec.css":          {Text: "Evidence: a selector that finds something in the page."},
		"spec.wispr":        {Text: "Evidence: true, a WISPr message was received; false, none was."},
		"spec.gateway":      {Text: "Evidence: an address or prefix that the link's gateway is in."},
	}
}

// update makes TestSchemaMatchesTypes write schema.json.
var update = flag.Bool("update", false, "write schema.json")

func TestSchemaMatchesTypes(t *testing.T) {
	schematest.Check(t, Schema(), *update, "pack.toml of a hotspot-helper pack", packFile{}, keys())
}
