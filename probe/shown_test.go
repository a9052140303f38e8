package probe_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hotspot-helper/probe"
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
	}
	before, _ := json.Marshal(evidence)
	shown, _ := json.Marshal(evidence.Shown())
	if strings.Contains(string(shown), "0004") || strings.Contains(string(shown), "=7") || strings.Count(string(shown), "http://a.test/login?mac=…") != 9 {
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
