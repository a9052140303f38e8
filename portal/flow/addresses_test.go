package flow

import (
	"slices"
	"testing"
)

// inputsOf declares inputs that need no value.
const inputsOf = "inputs.user = { prompt = \"U\", optional = true }\ninputs.more = { prompt = \"M\", optional = true }\n"

// A step presses nothing if its URL, as the template is, provably has no query of the flow's own making.
func TestOwnQueries(t *testing.T) {
	t.Parallel()
	for address, own := range map[string]bool{
		"/in":                                                      false,
		"/in?a=b":                                                  true,
		`/in{{"?"}}a=b`:                                            true,
		`/in{{urldecode "%3F"}}a=b`:                                true,
		`/in{{unhex "3f"}}a=b`:                                     true,
		`/in{{unbase64 "Pw=="}}a=b`:                                true,
		`/in{{unescape "&quest;"}}a=b`:                             true,
		`/in{{replace "x" "x" "?"}}a=b`:                            true,
		`{{concat "/in" (slice "a?b" 1 2) "a=b"}}`:                 true,
		`{{setquery "/in" "a" "b"}}`:                               true,
		`{{resolve .probe.url "/in"}}`:                             true,
		`{{resolve .probe.url ""}}&a=b`:                            true,
		"{{.input.user}}":                                          true, // its default may have one
		"/in/{{.input.user}}":                                      true,
		"/in/{{urlencode .input.user}}":                            false,
		"/in/{{md5 .input.user | hex}}":                            false,
		"/in/{{random_hex 8}}/{{now_ms}}":                          false,
		"{{.capture.next}}":                                        true,
		"/in/{{.capture.next}}":                                    true,
		"{{.probe.url}}":                                           false,
		"{{.probe.url}}&a=b":                                       true,
		"{{.probe.url}}{{.probe.host}}":                            true,
		`{{concat .probe.url "&a=b"}}`:                             true,
		`{{or .probe.url "http://a.test/in"}}`:                     false,
		`{{or .probe.url "http://a.test/in?a=b"}}`:                 true,
		`{{or .probe.url (concat "http://" .link.gateway "/in")}}`: false,
		"http://{{.probe.host}}/in":                                false,
		"http://{{lower .probe.host}}/in":                          false,
		"http://{{urlhost .probe.url}}/in":                         true, // a zone may have any character
	} {
		f := mustParse(t, head+inputsOf+"[[step]]\nid = 'first'\nopen = 'http://a.test/'\ncapture = { next = { css = 'i' } }\n[[step]]\nid = 'it'\nopen = '"+address+"'\n[[step]]\nid = 'last'\nopen = '/{{urlencode .input.user}}{{urlencode .input.more}}'\n")
		if got := f.asksUnnamed(); got != own {
			t.Errorf("%s: own query %v, want %v", address, got, own)
		}
	}
}

func TestInAddresses(t *testing.T) {
	t.Parallel()
	f := mustParse(t, head+inputsOf+"[[step]]\nid = 'a'\nopen = 'http://a.test/{{.input.user}}'\n[[step]]\nid = 'b'\npost = '/x?{{or .probe.api .input.more}}'\nform = {}\n")
	if got := f.InAddresses(); !slices.Equal(got, []string{"more", "user"}) {
		t.Errorf("in addresses: %q", got)
	}
	f = mustParse(t, head+inputsOf+"[[step]]\nid = 'a'\npost = 'http://a.test/'\nform = { a = '{{.input.user}}' }\nheaders = { X-A = '{{.input.more}}' }\n")
	if got := f.InAddresses(); len(got) > 0 {
		t.Errorf("in a body and a header: %q", got)
	}
}
