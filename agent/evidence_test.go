package agent

import (
	"testing"

	"hotspot-helper/plugins"
	"hotspot-helper/probe"
)

// What is not known of a session's portal any more is the page that its API names.
func TestALogoffBeginsAtThePageOfTheAPI(t *testing.T) {
	const page = "https://portal.test/"
	named := &probe.CAPPORT{UserPortalURL: page}
	for name, test := range map[string]struct {
		as   association
		kind string
		want string
	}{
		"known":          {association{session: session{portal: &probe.Evidence{PortalURL: "http://login.test/"}}}, plugins.FlowLogoff, "http://login.test/"},
		"not known":      {association{findings: findings{evidence: &probe.Evidence{Verdict: probe.VerdictFull, CAPPORT: named}}}, plugins.FlowLogoff, page},
		"no API":         {association{findings: findings{evidence: &probe.Evidence{Verdict: probe.VerdictFull}}}, plugins.FlowLogoff, ""},
		"another portal": {association{findings: findings{evidence: &probe.Evidence{Verdict: probe.VerdictPortal, CAPPORT: named}}}, plugins.FlowLogoff, ""},
	} {
		if got := test.as.evidenceFor(test.kind).PortalURL; got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}
