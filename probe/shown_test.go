package probe_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hotspot-helper/probe"
	"hotspot-helper/probe/probetest"
)

// Evidence for people has no query value of an address, and the evidence itself keeps them.
func TestShownEvidence(t *testing.T) {
	const address = "http://a.test/login?mac=0004610d1b2c&zone=7"
	evidence := probe.Evidence{
		PortalURL: address,
		Hops: []probe.Hop{
			{URL: address, Header: http.Header{
				"Location": {address, address}, // browsers follow the first
				"Refresh":  {"5; url=" + address, "0;'" + address + "' mac=0004", "mac=0004"},
				"Server":   {"x"},
			}},
			{URL: "http://a.test/"},
		},
		CAPPORT: &probe.CAPPORT{URL: address, UserPortalURL: address, VenueInfoURL: address},
		Link:    probe.Link{API: address},
	}
	before, _ := json.Marshal(evidence)
	shown, _ := json.Marshal(evidence.Shown())
	if strings.Contains(string(shown), "0004") || strings.Contains(string(shown), "=7") || strings.Count(string(shown), "http://a.test/login?mac=…") != 10 {
		t.Errorf("%s", shown)
	}
	if after, _ := json.Marshal(evidence); string(after) != string(before) {
		t.Errorf("the evidence itself was changed: %s", after)
	}
	if hops := evidence.Shown().Hops; len(hops[0].Header["Location"]) != 2 || hops[0].Header.Get("Refresh") != "5; url=http://a.test/login?mac=…&zone=…" || hops[0].Header.Get("Server") != "x" || hops[1].Header != nil {
		t.Errorf("the headers are %v", hops)
	}
	if (probe.Evidence{}).Shown().CAPPORT != nil {
		t.Error("a document that is not there")
	}
}

// Each text of evidence is an address that is shown without values, or is known to be another text: of this
// computer, of the probe itself, which redacts the addresses in it, or the body of a response.
func TestEachTextIsShown(t *testing.T) {
	const address = "http://a.test/login?mac=0004610d1b2c"
	others := []string{
		"Reason", "Notes", "Families.Reason", "Checks.Detail", "Hops.Error", "CAPPORT.Notes",
		"Link.Interface", "Link.APISource", "Link.AnswersVia", "Network", "LocalObstacle", "Hops.Obstacle",
		"Checks.Endpoint", "Checks.URL", "Checks.Result", "Checks.Timeline.Address", "Checks.Family", "Families.Family",
		"Hops.Body", "Hops.Header name", "WISPr",
	}
	var evidence probe.Evidence
	probetest.EachText(&evidence, func(string, string) string { return address })
	shown := evidence.Shown()
	probetest.EachText(&shown, func(path, text string) string {
		if strings.Contains(text, "0004") != slices.Contains(others, path) {
			t.Errorf("%s is %s", path, text)
		}
		return text
	})
}

// That a link has no portal is no address.
func TestShownUnrestricted(t *testing.T) {
	const unrestricted = "urn:ietf:params:capport:unrestricted"
	if got := (probe.Evidence{Link: probe.Link{API: unrestricted}}).Shown().Link.API; got != unrestricted {
		t.Error(got)
	}
}

// A header identifies a session in many places. What is not known to be harmless is not shown.
func TestShownHeaders(t *testing.T) {
	header := http.Header{
		"Set-Cookie":       {"session=0004610d; Path=/", "0004"},
		"Content-Location": {"/login?mac=0004"},
		"Link":             {`<http://a.test/x?mac=0004>; rel="0004", </y?mac=0004>`, "0004", "<0004"},
		"Www-Authenticate": {"Digest realm=0004"},
		"X-Session":        {"0004"},
		"X-Empty":          {""},
		"Server":           {"lighttpd", "x"},
		"Content-Type":     {"text/html"},
	}
	want := http.Header{
		"Set-Cookie":       {"[24 bytes]", "[4 bytes]"},
		"Content-Location": {"/login?mac=…"},
		"Link":             {"<http://a.test/x?mac=…>, </y?mac=…>", "[4 bytes]", "[5 bytes]"},
		"Www-Authenticate": {"[17 bytes]"},
		"X-Session":        {"[4 bytes]"},
		"X-Empty":          {"[0 bytes]"},
		"Server":           {"lighttpd", "x"},
		"Content-Type":     {"text/html"},
	}
	got := probe.Evidence{Hops: []probe.Hop{{Header: header}}}.Shown().Hops[0].Header
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
