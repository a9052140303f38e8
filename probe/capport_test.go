package probe

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseDocument(t *testing.T) {
	number := func(n float64) *float64 { return &n }
	const nowhere = "captive, but without a user-portal-url"
	tests := []struct {
		name, document string
		want           CAPPORT
		wrong          string // part of the error
	}{
		{
			"example of RFC 8908", `{"captive": true, "user-portal-url": "https://example.org/portal.html"}`,
			CAPPORT{Captive: true, UserPortalURL: "https://example.org/portal.html"},
			"",
		},
		{
			"session", `{"captive":false,"venue-info-url":"https://e.test/i","seconds-remaining":326,"bytes-remaining":0,"can-extend-session":true}`,
			CAPPORT{VenueInfoURL: "https://e.test/i", SecondsRemaining: number(326), BytesRemaining: number(0), CanExtendSession: true},
			"",
		},
		{
			"openNDS captive", `{ "captive": true, "user-portal-url": "http://10.99.1.1:2050/opennds_preauth/?fas=aGlk" }`,
			CAPPORT{Captive: true, UserPortalURL: "http://10.99.1.1:2050/opennds_preauth/?fas=aGlk", Notes: []string{"user-portal-url is not https"}},
			"",
		},
		{"CoovaChilli without a home page", `{"captive":true, "user-portal-url":"(null)"}`, CAPPORT{Captive: true, Notes: []string{`user-portal-url is "(null)", which cannot be opened`, nowhere}}, ""},
		{"unknown keys and a mark", "\ufeff{\"captive\":true,\"x\":{\"y\":[1]}}\n", CAPPORT{Captive: true, Notes: []string{nowhere}}, ""},
		{"null is missing", `{"captive":true,"user-portal-url":null,"seconds-remaining":null}`, CAPPORT{Captive: true, Notes: []string{nowhere}}, ""},
		{"other types are missing", `{"captive":true,"user-portal-url":1,"venue-info-url":{"x":"?session=0004"},"seconds-remaining":"60","bytes-remaining":true,"can-extend-session":["0004"]}`, CAPPORT{Captive: true, Notes: []string{
			"can-extend-session is a list, which is of another type", "user-portal-url is a number, which is of another type", "venue-info-url is an object, which is of another type",
			"seconds-remaining is a text, which is of another type", "bytes-remaining is a truth value, which is of another type", nowhere,
		}}, ""},
		{"negative amounts are missing", `{"captive":false,"seconds-remaining":-1,"bytes-remaining":-0.5}`, CAPPORT{Notes: []string{"seconds-remaining is -1", "bytes-remaining is -0.5"}}, ""},
		{"relative URL", `{"captive":true,"user-portal-url":"/login"}`, CAPPORT{Captive: true, Notes: []string{`user-portal-url is "/login", which cannot be opened`, nowhere}}, ""},
		{"URL of another scheme", `{"captive":true,"user-portal-url":"javascript:x","venue-info-url":"file:///x"}`, CAPPORT{Captive: true, Notes: []string{`user-portal-url is "javascript:…", which cannot be opened`, `venue-info-url is "file:///x", which cannot be opened`, nowhere}}, ""},
		{"URL without a host", `{"captive":true,"user-portal-url":"http://:80/"}`, CAPPORT{Captive: true, Notes: []string{`user-portal-url is "http://:80/", which cannot be opened`, nowhere}}, ""},
		{"URL of this computer", `{"captive":true,"user-portal-url":"http://localhost:8080/"}`, CAPPORT{Captive: true, Notes: []string{`user-portal-url is "http://localhost:8080/", which is this computer`, nowhere}}, ""},
		{"address of this computer", `{"captive":true,"user-portal-url":"http://127.0.0.1/"}`, CAPPORT{Captive: true, Notes: []string{`user-portal-url is "http://127.0.0.1/", which is this computer`, nowhere}}, ""},
		{"keys are case-sensitive", `{"Captive":true}`, CAPPORT{}, `no "captive"`},
		{"no captive", `{"user-portal-url":"https://e.test/"}`, CAPPORT{}, `no "captive"`},
		{"captive null", `{"captive":null}`, CAPPORT{}, `no "captive"`},
		{"captive as text", `{"captive":"true"}`, CAPPORT{}, `no "captive"`},
		{"array", `[{"captive":true}]`, CAPPORT{}, "cannot unmarshal"},
		{"null", `null`, CAPPORT{}, `no "captive"`},
		{"page", `<html>`, CAPPORT{}, "invalid character"},
		{"nothing", ``, CAPPORT{}, "unexpected end"},
		{"not UTF-8", "{\"captive\":true,\"x\":\"\xff\"}", CAPPORT{}, "not UTF-8"},
		{"longest", `{"captive":true,"x":"` + strings.Repeat("é", maxDocument-len(`{"captive":true,"x":""}`)) + `"}`, CAPPORT{Captive: true, Notes: []string{nowhere}}, ""},
		{"too long", `{"captive":true,"x":"` + strings.Repeat("é", maxDocument) + `"}`, CAPPORT{}, "more than 4096"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := parseDocument([]byte(test.document))
			if test.wrong != "" {
				if err == nil || !strings.Contains(err.Error(), test.wrong) {
					t.Errorf("error = %v, want %q", err, test.wrong)
				}
				return
			}
			if diff := cmp.Diff(test.want, got); err != nil || diff != "" {
				t.Errorf("error %v, -want +got:\n%s", err, diff)
			}
		})
	}
}

func TestAskAPIIsBounded(t *testing.T) {
	const size = 10 << 20
	body := strings.NewReader(strings.Repeat(" ", size))
	response := &http.Response{StatusCode: 200, Body: io.NopCloser(body)}
	if _, err := fetchDocument(t.Context(), fixed{response}, "https://api.test/"); err == nil {
		t.Error("no error")
	}
	if taken := size - body.Len(); taken > 5*maxDocument {
		t.Errorf("took %d bytes from the network", taken)
	}
}

func TestAPIURL(t *testing.T) {
	tests := map[string]string{
		"":                                     "",
		"https://api.test/x":                   "https://api.test/x",
		"http://status.client/":                "http://status.client/",
		"urn:ietf:params:capport:unrestricted": "",
		"/relative":                            "",
		"ftp://api.test/":                      "",
	}
	for offered, want := range tests {
		if got := apiURL(Link{API: offered}); got != want {
			t.Errorf("apiURL(%q) = %q, want %q", offered, got, want)
		}
	}
}
