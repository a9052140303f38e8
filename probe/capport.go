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
	"net/netip"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"hotspot-helper/internal/web"
)

// unrestricted is the URI that a link offers in place of an API if it has no portal
// (RFC 8910, section 2).
const unrestricted = "urn:ietf:params:capport:unrestricted"

// errIsPage means that an API answered with a page for people, not with a document.
var errIsPage = errors.New("it is a page for people")

// busyError is the answer of an API that is busy.
type busyError struct {
	status int
	after  time.Duration // when to ask again; 0: not said
}

func (e *busyError) Error() string { return fmt.Sprintf("status %d", e.status) }

// apiURL returns the URL of the captive portal API, or "" if the link offers none or a URI
// that is no URL.
func apiURL(link Link) string {
	if isHTTP(link.API) {
		return link.API
	}
	return ""
}

// fetchDocument fetches an RFC 8908 document. The context bounds the time. The error wraps
// errIsPage if the response is meant for a browser.
func fetchDocument(ctx context.Context, transport http.RoundTripper, url string) (*CAPPORT, error) {
	p, err := fetch(ctx, transport, pageRequest{url: url, accept: acceptDocument, limit: totalTime})
	if err != nil {
		return nil, fmt.Errorf("get captive portal API %s: %w", shortURL(url), err)
	}
	defer p.close()
	switch status := p.hop.Status; {
	case status == http.StatusNetworkAuthenticationRequired:
		return nil, fmt.Errorf("get captive portal API %s: status %d: %w", shortURL(url), status, errIsPage)
	case status != http.StatusOK:
		if after, isBusy := web.RetryAfter(status, p.hop.Header); isBusy {
			return nil, fmt.Errorf("get captive portal API %s: %w", shortURL(url), &busyError{status, after})
		}
		return nil, fmt.Errorf("get captive portal API %s: status %d", shortURL(url), status)
	}
	data, err := io.ReadAll(io.LimitReader(p.response.Body, maxDocument*utf8.UTFMax+1))
	if err != nil {
		return nil, fmt.Errorf("read captive portal API %s: %w", shortURL(url), err)
	}
	kind, _, _ := mime.ParseMediaType(p.hop.Header.Get("Content-Type"))
	document, err := parseDocument(data)
	if err != nil {
		if kind == "text/html" || kind == "application/xhtml+xml" {
			err = errIsPage
		}
		return nil, fmt.Errorf("parse captive portal API %s: %w", shortURL(url), err)
	}
	document.URL, document.Trusted = url, p.verified
	document.Notes = append(transportNotes(p, kind), document.Notes...)
	return &document, nil
}

// transportNotes returns which demands of RFC 8908 beside the document are not met (sections 4 and 5).
func transportNotes(p *page, kind string) []string {
	var notes []string
	if !p.verified {
		notes = append(notes, "not fetched over verified TLS, so not trusted")
	}
	if kind != acceptDocument {
		notes = append(notes, fmt.Sprintf("the content type is %q, not %s", shorten(kind), acceptDocument))
	}
	return notes
}

// parseDocument parses an RFC 8908 document (section 5). Only the required key must be
// right: another key of the wrong type, or an invalid URL such as CoovaChilli's "(null)",
// counts as missing and is noted. Keys that the RFC does not name are ignored.
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
		UserPortalURL:    d.url("user-portal-url"),
		VenueInfoURL:     d.url("venue-info-url"),
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

// document is a document that is parsed, with notes on what is wrong with it.
type document struct {
	keys  map[string]json.RawMessage
	notes []string
}

func (d *document) note(format string, args ...any) {
	d.notes = append(d.notes, shorten(fmt.Sprintf(format, args...)))
}

// value returns a key's value, or nil if it is missing, null or of another type.
func value[T any](d *document, key string) *T {
	raw, ok := d.keys[key]
	if !ok {
		return nil
	}
	var v *T
	if err := json.Unmarshal(raw, &v); err != nil {
		d.note("%s is %s, which is of another type", key, kindOf(raw))
		return nil
	}
	return v
}

// kindOf names the type of a JSON value. The value itself may identify a session.
func kindOf(raw json.RawMessage) string {
	switch raw[0] {
	case '{':
		return "an object"
	case '[':
		return "a list"
	case '"':
		return "a text"
	case 't', 'f':
		return "a truth value"
	default:
		return "a number"
	}
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

// url returns an http or https URL. The RFC wants https (section 5); openNDS and
// CoovaChilli use http.
func (d *document) url(key string) string {
	text := value[string](d, key)
	switch {
	case text == nil:
		return ""
	case !isHTTP(*text):
		d.note("%s is %q, which cannot be opened", key, shortURL(*text))
		return ""
	case namesThisComputer(*text):
		d.note("%s is %q, which is this computer", key, shortURL(*text))
		return ""
	case strings.HasPrefix(*text, "http:"):
		d.note("%s is not https", key)
	}
	return *text
}

// namesThisComputer reports whether the host of a URL is localhost (RFC 6761, section 6.3) or a
// loopback address: some gateways fill in their own name for themselves.
func namesThisComputer(text string) bool {
	u, err := url.Parse(text)
	if err != nil {
		return false
	}
	host := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || err == nil && (addr.Unmap().IsLoopback() || addr.IsUnspecified())
}

// isHTTP reports whether the text is an absolute http or https URL.
func isHTTP(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && !strings.ContainsAny(text, " \t\r\n")
}
