package probe

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"hotspot-helper/internal/web"
)

// unrestricted is what a link offers in place of an API to say that it has no
// portal (RFC 8910, section 2).
const unrestricted = "urn:ietf:params:capport:unrestricted"

// errIsPage is an answer of an API that is no document but something for people.
var errIsPage = errors.New("it is a page for people")

// apiURL returns the captive portal API to ask, or "" where the link offers none
// that can be asked: a statement is not an address.
func apiURL(link Link) string {
	if isHTTP(link.API) {
		return link.API
	}
	return ""
}

// askAPI fetches an RFC 8908 document. How long it may take is the caller's
// business, by the context. The error is errIsPage where the answer is meant for a
// browser.
func askAPI(ctx context.Context, transport http.RoundTripper, url string) (*CAPPORT, error) {
	p, err := fetch(ctx, transport, question{url: url, accept: acceptDocument, limit: totalTime})
	if err != nil {
		return nil, fmt.Errorf("get captive portal API %s: %w", brief(web.RedactURLText(url)), err)
	}
	defer p.close()
	switch status := p.hop.Status; {
	case status >= 300 && status <= 399, status == http.StatusNetworkAuthenticationRequired:
		return nil, fmt.Errorf("get captive portal API %s: status %d: %w", brief(web.RedactURLText(url)), status, errIsPage)
	case status != http.StatusOK:
		return nil, fmt.Errorf("get captive portal API %s: status %d", brief(web.RedactURLText(url)), status)
	}
	data, err := io.ReadAll(io.LimitReader(p.response.Body, maxDocument*utf8.UTFMax+1))
	if err != nil {
		return nil, fmt.Errorf("read captive portal API %s: %w", brief(web.RedactURLText(url)), err)
	}
	kind, _, _ := mime.ParseMediaType(p.hop.Header.Get("Content-Type"))
	document, err := parseDocument(data)
	if err != nil {
		if kind == "text/html" || kind == "application/xhtml+xml" {
			err = errIsPage
		}
		return nil, fmt.Errorf("parse captive portal API %s: %w", brief(web.RedactURLText(url)), err)
	}
	document.URL, document.Trusted = url, p.verified
	document.Notes = append(transportNotes(p, kind), document.Notes...)
	return &document, nil
}

// transportNotes tells what RFC 8908 asks for beside the document (sections 4 and 5).
func transportNotes(p *page, kind string) []string {
	var notes []string
	if !p.verified {
		notes = append(notes, "not fetched over verified TLS, so not trusted")
	}
	if kind != acceptDocument {
		notes = append(notes, fmt.Sprintf("the content type is %q, not %s", brief(kind), acceptDocument))
	}
	return notes
}

// parseDocument reads an RFC 8908 document (section 5). Only the required key must be
// right: another key of the wrong type, or a URL that nobody can open, such as
// CoovaChilli's "(null)", is as good as missing, and noted. Keys that the RFC does not
// name are left out.
func parseDocument(data []byte) (CAPPORT, error) {
	if !utf8.Valid(data) {
		return CAPPORT{}, errors.New("not UTF-8")
	}
	if utf8.RuneCount(data) > maxDocument {
		return CAPPORT{}, fmt.Errorf("more than %d characters", maxDocument)
	}
	d := document{}
	if err := json.Unmarshal(bytes.TrimPrefix(data, []byte("\ufeff")), &d.keys); err != nil {
		return CAPPORT{}, err
	}
	captive := value[bool](&d, "captive")
	if captive == nil {
		return CAPPORT{}, errors.New(`no "captive" that is true or false`)
	}
	extend := value[bool](&d, "can-extend-session")
	c := CAPPORT{
		Captive:          *captive,
		UserPortalURL:    d.webAddress("user-portal-url"),
		VenueInfoURL:     d.webAddress("venue-info-url"),
		CanExtendSession: extend != nil && *extend,
		SecondsRemaining: d.amount("seconds-remaining"),
		BytesRemaining:   d.amount("bytes-remaining"),
	}
	if c.Captive && c.UserPortalURL == "" {
		d.note("captive, but without a user-portal-url")
	}
	c.Notes = d.notes
	return c, nil
}

// document is one being read, with what is wrong with it.
type document struct {
	keys  map[string]json.RawMessage
	notes []string
}

func (d *document) note(format string, args ...any) {
	d.notes = append(d.notes, brief(fmt.Sprintf(format, args...)))
}

// value returns a key's value, or nil where it is missing, null or of another type.
func value[T any](d *document, key string) *T {
	raw, ok := d.keys[key]
	if !ok {
		return nil
	}
	var v *T
	if err := json.Unmarshal(raw, &v); err != nil {
		d.note("%s is %s, which is of another type", key, brief(string(raw)))
		return nil
	}
	return v
}

func (d *document) amount(key string) *float64 {
	n := value[float64](d, key)
	if n == nil {
		return nil
	}
	if *n < 0 || math.IsInf(*n, 0) {
		d.note("%s is %v", key, *n)
		return nil
	}
	return n
}

// webAddress returns an address that can be opened. The RFC wants https (section 5);
// openNDS and CoovaChilli have http.
func (d *document) webAddress(key string) string {
	text := value[string](d, key)
	switch {
	case text == nil:
		return ""
	case !isHTTP(*text):
		d.note("%s is %q, which cannot be opened", key, brief(web.RedactURLText(*text)))
		return ""
	case strings.HasPrefix(*text, "http:"):
		d.note("%s is not https", key)
	}
	return *text
}

// isHTTP says whether the text is an absolute http or https URL.
func isHTTP(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && !strings.ContainsAny(text, " \t\r\n")
}
