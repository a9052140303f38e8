package probe

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"
)

// apiURL returns the captive portal API to ask, or "" where the link offers none
// that can be asked: urn:ietf:params:capport:unrestricted (RFC 8910, section 2)
// is a statement, not an address.
func apiURL(link Link) string {
	if isHTTP(link.API) {
		return link.API
	}
	return ""
}

// askAPI fetches an RFC 8908 document. How long it may take is the caller's
// business, by the context.
func askAPI(ctx context.Context, transport http.RoundTripper, url string) (*CAPPORT, error) {
	p, err := fetch(ctx, transport, url, acceptDocument, totalTime)
	if err != nil {
		return nil, fmt.Errorf("get captive portal API %s: %w", brief(url), err)
	}
	defer p.close()
	if p.hop.Status != http.StatusOK {
		return nil, fmt.Errorf("get captive portal API %s: status %d", brief(url), p.hop.Status)
	}
	data, err := io.ReadAll(io.LimitReader(p.response.Body, maxDocument*utf8.UTFMax+1))
	if err != nil {
		return nil, fmt.Errorf("read captive portal API %s: %w", brief(url), err)
	}
	document, err := parseDocument(data)
	if err != nil {
		return nil, fmt.Errorf("parse captive portal API %s: %w", brief(url), err)
	}
	document.URL, document.Trusted = url, p.verified
	return &document, nil
}

// parseDocument reads an RFC 8908 document (section 5). Only the required key must be
// right: another key of the wrong type, or a URL that nobody can open, such as
// CoovaChilli's "(null)", is as good as missing. Keys that the RFC does not name are left out.
func parseDocument(data []byte) (CAPPORT, error) {
	if !utf8.Valid(data) {
		return CAPPORT{}, errors.New("not UTF-8")
	}
	if utf8.RuneCount(data) > maxDocument {
		return CAPPORT{}, fmt.Errorf("more than %d characters", maxDocument)
	}
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(bytes.TrimPrefix(data, []byte("\ufeff")), &keys); err != nil {
		return CAPPORT{}, err
	}
	captive := value[bool](keys, "captive")
	if captive == nil {
		return CAPPORT{}, errors.New(`no "captive" that is true or false`)
	}
	extend := value[bool](keys, "can-extend-session")
	return CAPPORT{
		Captive:          *captive,
		UserPortalURL:    webAddress(keys, "user-portal-url"),
		VenueInfoURL:     webAddress(keys, "venue-info-url"),
		CanExtendSession: extend != nil && *extend,
		SecondsRemaining: amount(keys, "seconds-remaining"),
		BytesRemaining:   amount(keys, "bytes-remaining"),
	}, nil
}

// value returns a key's value, or nil where it is missing, null or of another type.
func value[T any](keys map[string]json.RawMessage, key string) *T {
	var v *T
	if err := json.Unmarshal(keys[key], &v); err != nil {
		return nil
	}
	return v
}

func amount(keys map[string]json.RawMessage, key string) *float64 {
	n := value[float64](keys, key)
	if n == nil || *n < 0 || math.IsInf(*n, 0) {
		return nil
	}
	return n
}

func webAddress(keys map[string]json.RawMessage, key string) string {
	text := value[string](keys, key)
	if text == nil || !isHTTP(*text) {
		return ""
	}
	return *text
}

// isHTTP says whether the text is an absolute http or https URL.
func isHTTP(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && !strings.ContainsAny(text, " \t\r\n")
}
