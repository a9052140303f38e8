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
		compiled, err := compileTemplate(address)
		if err != nil {
			t.Fatal(err)
		}
		if got := compiled.canHaveQuery(); got != own {
			t.Errorf("%s: own query %v, want %v", address, got, own)
		}
	}
}

// What a step may press is known before the page is.
func TestUnnamedSteps(t *testing.T) {
	t.Parallel()
	const credentials = "basic = { user = '{{.input.user}}', password = 'x' }\n"
	for step, want := range map[string]Press{
		"open = '{{.probe.url}}'": 0,
		"open = '/in'":            0,
		"open = '/in?a=b'":        Opens,
		"wait = { open = '/in?a=b', every = 1, at_most = 2, until = [{ css = 'b' }] }": Opens,
		"open = '/in/{{urlencode .input.user}}'":                                       OpensWith,
		"open = '/in'\nheaders = { X-A = '{{.input.user}}' }":                          OpensWith,
		"open = '/in'\nheaders = { X-A = '{{.capture.next}}' }":                        OpensWith,
		"follow = 'a'":                            OpensWith,
		"follow = 'meta'":                         0,
		"visit = 'check'":                         0,
		"wait = { seconds = 1 }":                  0,
		"submit = 'form'":                         Submits,
		"post = '/in'\nform = {}":                 Submits,
		"open = '/in'\n" + credentials:            Submits,
		"submit = 'form'\nterms = 'Terms of use'": 0,
	} {
		f := mustParse(t, head+inputsOf+"[[step]]\nid = 'first'\nopen = 'http://a.test/'\ncapture = { next = { css = 'i' } }\n[[step]]\nid = 'it'\n"+step+"\n[[step]]\nid = 'last'\npost = '/'\nform = { a = '{{.input.user}}', b = '{{.input.more}}' }\nterms = 'T'\n")
		if got := f.UnnamedSteps()["it"]; got != want || f.asksUnnamed() != (want != 0) {
			t.Errorf("%s: presses %v, want %v", step, got, want)
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
