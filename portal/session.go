// Package portal is the bound and bounded HTTP conversation with one captive portal.
package portal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/netip"
	"net/url"

	"golang.org/x/net/publicsuffix"
)

// Config says what a session may do.
type Config struct {
	// Transport carries the requests. It is bound to one interface, resolves by that
	// link's DNS servers, verifies certificates, uses no proxy, asks [CheckTarget] about
	// every address before it dials it, bounds response headers by [MaxHeader] and, like
	// [http.Transport], ends reading a body when the request's context ends. Required.
	Transport http.RoundTripper
	// Start is the portal's URL as the probe found it; may be nil.
	Start *url.URL
	// Gateway is the link's gateway; may be the zero Addr.
	Gateway netip.Addr
	// Hosts are the patterns of hosts that the session may talk to: a name or an
	// address ("login.cafe.test"), all names below one ("*.cafe.test"), "@start" (the
	// host of Start), "@gateway" (the address Gateway) or "@param:NAME" (the host that
	// stands in the query parameter of that name: a URL's, or one by itself; of Start,
	// else of Visited, the last first). One of Hosts or Shared is required.
	Hosts []string
	// Shared are patterns of names and addresses to which many networks lead, each of
	// another owner: that of a product, or of a cloud where everybody may have a network.
	// The session may talk to them, too; a certificate for one does not tell whose it is.
	Shared []string
	// Visited are answers that somebody else got on the way to the portal's page, first to last: their
	// cookies are the session's, too, for a portal may turn back who does not bring them.
	Visited []Visit
	// Cleartext says that the user allowed secrets over plain http, in a query, and to
	// hosts that are Shared or that only the network names, for this helper on this network.
	Cleartext bool
	// Logger gets one debug record for each exchange; nil discards.
	Logger *slog.Logger
}

// Visit is an answer that was got before the session.
type Visit struct {
	URL    *url.URL
	Header http.Header
}

// Session is one conversation with one portal: a cookie jar, a host list, limits and a
// trace. One goroutine at a time drives it; Declare, DeclareTokens, ContainsSecret, Redact, SetStep and
// Trace may be called by any.
type Session struct {
	transport http.RoundTripper
	jar       *cookiejar.Jar
	hosts     HostList
	cleartext bool
	logger    *slog.Logger
	ledger    *redactor
	page      *Page
	sent      int // requests so far
}

// New returns a session that has sent nothing yet. Its error joins all mistakes of the Config.
func New(config Config) (*Session, error) {
	hosts, err := NewHostList(config)
	if config.Transport == nil {
		err = errors.Join(err, errors.New("transport is missing"))
	}
	if err != nil {
		return nil, fmt.Errorf("make session: %w", err)
	}
	jar, err := cookiejar.New(&cookiejar.Options{PublicSuffixList: publicsuffix.List})
	if err != nil {
		return nil, fmt.Errorf("make cookie jar: %w", err)
	}
	logger := config.Logger
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	s := &Session{
		transport: config.Transport,
		jar:       jar,
		hosts:     hosts,
		cleartext: config.Cleartext,
		logger:    logger,
		ledger:    &redactor{},
	}
	for _, visit := range config.Visited {
		s.keepCookies(visit.URL, &http.Response{Header: visit.Header})
	}
	return s, nil
}

// Page returns the current page, nil before the first. A call that returns an error leaves it as it was.
func (s *Session) Page() *Page { return s.page }

// SetStep names the step that comes next, for trace and errors.
func (s *Session) SetStep(name string) { s.ledger.setStep(name) }

// Declare makes secrets known before they are sent, so that [Session.Redact] masks them
// and a page or URL that holds one is treated as the secret itself. Plain values are ignored.
func (s *Session) Declare(values ...Value) { s.ledger.declare(values) }

// DeclareTokens makes texts of this session known with which whoever reads a log could take it
// over, such as a logoff URL or a session's number. They are masked like secrets, but may
// be sent anywhere, for the portal made them itself. Of a URL its long parts count by
// themselves, too. A text of less than 8 bytes is left alone: it is found everywhere by
// accident.
func (s *Session) DeclareTokens(texts ...string) { s.ledger.hide(texts) }

// ContainsSecret says whether the text holds a secret that was sent or declared, in any spelling
// that [Session.Redact] knows. A text that is only masked is none.
func (s *Session) ContainsSecret(text string) bool { return s.ledger.hasSecret(text) }

// Redact masks every secret that was sent or declared, and what [Session.DeclareTokens] was told, as
// it is and as URLs, HTML, JSON and Go quote it.
func (s *Session) Redact(text string) string { return s.ledger.redact(text) }

// RedactSecrets masks the secrets in a text that somebody else got from the portal later: long
// ones anywhere, short ones where they stand as words of their own, so that a URL or a
// page stays what it is.
func (s *Session) RedactSecrets(text string) string { return s.ledger.conceal(text) }

// HasSecrets says whether a secret was sent or declared.
func (s *Session) HasSecrets() bool { return s.ledger.knowsSecrets() }

// Trace returns a copy of all exchanges so far; each redirect is a line of its own.
func (s *Session) Trace() []Exchange { return s.ledger.trace() }

// Cookie returns the value of the cookie that would be sent to the current page.
func (s *Session) Cookie(name string) (string, bool) {
	if s.page == nil {
		return "", false
	}
	for _, cookie := range s.jar.Cookies(s.page.URL) {
		if cookie.Name == name {
			return cookie.Value, true
		}
	}
	return "", false
}

// Open gets rawURL, relative to the current page, and follows redirects. A redirect to
// where the session may not go is not followed: it is the page, and the trace says why.
//
// Errors: [*HostError], [*SecretError] where the URL holds a declared secret, a limit, or
// whatever the transport says.
func (s *Session) Open(ctx context.Context, rawURL string) (*Page, error) {
	target, err := s.resolve(rawURL)
	if err != nil {
		return nil, s.failure("open URL", err)
	}
	return s.visit(ctx, message{method: http.MethodGet, url: target, from: s.page.location()})
}

// Submit sends a form as a browser would: its entries, with the fields of sub put in, to
// its action, in its method, enctype and charset. Errors are as for [Session.Open], and
// that the form or its button cannot be used.
func (s *Session) Submit(ctx context.Context, form *Form, sub Submission) (*Page, error) {
	s.declareFields(sub.Fields) // before the first error
	m, err := form.message(sub)
	if err != nil {
		return nil, s.failure("submit form", err)
	}
	m.from = form.page.location()
	return s.visit(ctx, m)
}

// Post posts a body to rawURL, relative to the current page. Errors are as for
// [Session.Open], and that the body cannot be encoded.
func (s *Session) Post(ctx context.Context, rawURL string, body Body) (*Page, error) {
	m := message{method: http.MethodPost, from: s.page.location()}
	err := m.setBody(body)
	s.Declare(m.secrets...) // before the first error
	if err != nil {
		return nil, s.failure("post to URL", err)
	}
	if m.url, err = s.resolve(rawURL); err != nil {
		return nil, s.failure("post to URL", err)
	}
	return s.visit(ctx, m)
}

func (s *Session) declareFields(fields []Field) {
	for _, field := range fields {
		s.Declare(field.Value)
	}
}

func (s *Session) resolve(rawURL string) (*url.URL, error) {
	if s.page == nil {
		return resolveURL(nil, rawURL)
	}
	return s.page.Resolve(rawURL)
}
