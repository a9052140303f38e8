package portal

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// Extra is what a request has beyond its URL and its body.
type Extra struct {
	// Headers are sent to the origin of the URL, and to redirects within that origin. They
	// replace headers that the session sends by itself. See [CheckHeaderName].
	Headers []Field
	// SecretURL says that the URL is computed from a secret, so that it is one itself.
	SecretURL bool
	// Basic answers a Basic challenge of the URL's origin, also after redirects within it; nil:
	// none is answered.
	Basic *Basic
	// Check says that the URL is a connectivity check, which the network intercepts. Its host
	// need not be one of Hosts, and it gets no secret.
	Check bool
	// Stop says that a redirect is the answer: it is not followed.
	Stop bool
}

// maxHeaderValue is the maximum size in bytes of the value of one header.
const maxHeaderValue = 4 << 10

// reservedHeaders are the headers that a flow may not set: the session and HTTP do, or they
// would tell the portal what the session keeps from it.
var reservedHeaders = [...]string{
	"Accept-Encoding", "Connection", "Content-Encoding", "Content-Length", "Cookie", "Cookie2", "Date", "Expect", "Forwarded",
	"Host", "Keep-Alive", "Origin", "Referer", "Set-Cookie", "Te", "Trailer", "Transfer-Encoding", "Upgrade", "Via",
}

// CheckHeaderName returns why a request cannot have a header of this name, nil if it can.
func CheckHeaderName(name string) error {
	odd := func(r rune) bool {
		return r != '-' && r != '_' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	}
	canonical := http.CanonicalHeaderKey(name)
	switch {
	case name == "" || len(name) > 64 || strings.ContainsFunc(name, odd):
		return fmt.Errorf("header %q: want letters, digits, - and _, at most 64", name)
	case slices.Contains(reservedHeaders[:], canonical), strings.HasPrefix(canonical, "Proxy-"), strings.HasPrefix(canonical, "Sec-"):
		return fmt.Errorf("header %s: the program sets it by itself", canonical)
	}
	return nil
}

// FlowHeaders returns the headers of a request that a flow set, the credentials of [Basic] among
// them: not those that a session sends by itself.
func FlowHeaders(header http.Header) http.Header {
	own := map[string]string{"User-Agent": UserAgent, "Accept": accept, "Accept-Language": acceptLanguage}
	set := http.Header{}
	for name, values := range header {
		switch {
		case slices.Contains(reservedHeaders[:], name), name == "Content-Type" && isOwnType(header.Get(name)):
		case own[name] != "" && header.Get(name) == own[name]:
		default:
			set[name] = values
		}
	}
	return set
}

// isOwnType reports whether a session sends a body of this content type by itself.
func isOwnType(contentType string) bool {
	return slices.Contains([]string{enctypeURL, enctypePlain, typeJSON}, contentType) || strings.HasPrefix(contentType, enctypeMultipart+"; boundary=")
}

// setExtra adds to the message. The caller has declared the secrets among the headers.
func (m *message) setExtra(extra Extra) error {
	names := map[string]bool{}
	for _, field := range extra.Headers {
		if err := CheckHeaderName(field.Name); err != nil {
			return err
		}
		name := http.CanonicalHeaderKey(field.Name)
		if names[name] {
			return fmt.Errorf("header %s is there twice: keep one", name)
		}
		names[name] = true
		value := field.Value.Reveal()
		control := func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }
		if len(value) > maxHeaderValue || strings.ContainsFunc(value, control) {
			return fmt.Errorf("header %s: want one line of at most %d bytes", field.Name, maxHeaderValue)
		}
	}
	if extra.Basic != nil {
		if err := extra.Basic.check(); err != nil {
			return err
		}
	}
	m.extra = extra
	return nil
}

// addHeaders puts the further headers into a request's header.
func (m *message) addHeaders(header http.Header) {
	for _, field := range m.extra.Headers {
		header.Set(field.Name, field.Value.Reveal())
	}
}

// hasSecretHeader reports whether the name or the value of a header contains a secret.
func (s *Session) hasSecretHeader(m *message) bool {
	return slices.ContainsFunc(m.extra.Headers, func(field Field) bool {
		return field.Value.IsSecret() || s.isTainted(field.Name, field.Value.Reveal())
	})
}

// afterRedirect is what a redirect from m to next keeps.
func (m *message) afterRedirect(next *message) Extra {
	if sameOrigin(m.url, next.url) {
		return Extra{Headers: m.extra.Headers, Basic: m.extra.Basic}
	}
	return Extra{}
}

// declareExtra declares the secrets among headers and credentials.
func (s *Session) declareExtra(extra Extra) {
	for _, field := range extra.Headers {
		s.Declare(field.Value)
	}
	if extra.Basic != nil {
		s.Declare(extra.Basic.User, extra.Basic.Password)
	}
}

// OpenWith is [Session.Open] with more than a URL.
func (s *Session) OpenWith(ctx context.Context, rawURL string, extra Extra) (*Page, error) {
	s.declareExtra(extra)
	m := message{method: http.MethodGet, from: s.page.location()}
	err := m.setExtra(extra)
	if err == nil {
		m.url, err = s.Resolve(rawURL)
	}
	if err != nil {
		return nil, s.failure("open URL", err)
	}
	if extra.Check {
		m.from = nil
	}
	return s.visit(ctx, m)
}
