package packs_test

import (
	"bytes"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/net/html"

	"hotspot-helper/portal/flow"
	"hotspot-helper/portal/portaltest"
	"hotspot-helper/probe"
)

// foreign is a network whose portal speaks a language that nobody knows: each letter of its texts for
// people is another one. Markup, scripts and codes stay.
type foreign struct{ http.RoundTripper }

func (f foreign) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := f.RoundTripper.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(response.Body)
	response.Body.Close()
	if err != nil {
		return nil, err
	}
	switch kind := response.Header.Get("Content-Type"); {
	case strings.HasPrefix(strings.TrimSpace(string(body)), "<?xml"):
		body = spokenXML.ReplaceAllFunc(body, func(found []byte) []byte { return []byte(translate(string(found), "<message>")) })
	case strings.Contains(kind, "html") && !bytes.HasPrefix(bytes.TrimSpace(body), []byte("{")):
		body = foreignPage(body)
	}
	body = spokenJSON.ReplaceAllFunc(body, func(found []byte) []byte {
		key, value, _ := strings.Cut(string(found), ":")
		return []byte(key + ":" + translate(value, ""))
	})
	response.Body, response.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	response.Header.Del("Content-Length")
	return response, nil
}

// spokenJSON and spokenXML are texts for people in answers for programs.
var (
	spokenJSON = regexp.MustCompile(`"(?:message|msg|msga|error_msg|portServErrorCodeDesc|errorMsg|description|text)"\s*:\s*"[^"\\]*"`)
	spokenXML  = regexp.MustCompile(`<message>[^<]*`)
)

// translate replaces the letters after a prefix.
func translate(text, prefix string) string {
	return prefix + strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) {
			return 'ж'
		}
		return r
	}, strings.TrimPrefix(text, prefix))
}

// foreignPage translates the text of a page, but not that of scripts and comments.
func foreignPage(body []byte) []byte {
	var b bytes.Buffer
	inside := ""
	tokens := html.NewTokenizer(bytes.NewReader(body))
	for {
		switch tokens.Next() {
		case html.ErrorToken:
			return b.Bytes()
		case html.StartTagToken:
			raw := bytes.Clone(tokens.Raw())
			name, _ := tokens.TagName()
			inside = string(name)
			b.Write(raw)
		case html.EndTagToken:
			inside = ""
			b.Write(tokens.Raw())
		case html.TextToken:
			if inside == "script" || inside == "style" {
				b.Write(tokens.Raw())
			} else {
				b.WriteString(translate(string(tokens.Raw()), ""))
			}
		default:
			b.Write(tokens.Raw())
		}
	}
}

// A refusal is known by its structure, whatever the language: the pack denies it, and logs in with what
// is right, at a portal whose words it cannot know.
func TestRefusalsInAnUnknownLanguage(t *testing.T) {
	for _, row := range standins() {
		if row.wrong == nil || row.kind == portaltest.KindFreeWifi { // its refusal has no structure of its own
			continue
		}
		t.Run(row.pack+"/"+row.name(), func(t *testing.T) {
			row.visit(t, portaltest.Options{}, func(v *visitor) {
				v.wire, v.inputs = foreign{v.wire}, row.wrong
				v.run(v.pack.Authenticate, flow.Denied)
				v.probe(probe.VerdictPortal)
				v.inputs = row.inputs
				v.login()
			})
		})
	}
}
