package builtin_test

import (
	"strings"
	"testing"

	"hotspot-helper/claims"
	"hotspot-helper/plugins/builtin"
	"hotspot-helper/probe"
	"hotspot-helper/wifi"
)

func TestClickThroughClaim(t *testing.T) {
	t.Parallel()
	const click = `<form action="/go"><input type=hidden name=a value=b><button>Connect</button></form>`
	for _, test := range []struct{ name, page, reason string }{
		{"one form", click, ""},
		{"no form", "<p>Welcome", "the page has nothing to click"},
		{"two forms", click + click, `two ways go forward: "Connect" and "Connect"`},
		{"a form with a text", `<form><input name=pin><button>Connect</button></form>`, `the page asks for "pin"`},
		{"nested too deep", strings.Repeat("<div>", 600) + click, "page too complex"},
	} {
		evidence := probe.Evidence{Verdict: probe.VerdictPortal, Hops: []probe.Hop{{URL: "http://login.test/", Status: 200, Body: test.page}}}
		claim := builtin.ClickThrough{}.Claim(t.Context(), claims.NewFacts(wifi.Network{}, &evidence))
		if claim.Reason != test.reason || (claim.Confidence == claims.Low) != (test.reason == "") {
			t.Errorf("%s: %+v, want reason %q", test.name, claim, test.reason)
		}
	}
}
