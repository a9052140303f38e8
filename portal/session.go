// Package portal is the bound and bounded HTTP conversation with one captive portal.
package portal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"

	"hotspot-helper/internal/web"
)

// Config configures a [Session].
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
	// address ("login.cafe.test"), all subdomains ("*.cafe.test"), "@start" (the
	// host of Start), "@gateway" (the address Gateway) or "@param:NAME" (the host in
	// the query parameter of that name, which is a URL or a host; of Start, else of
	// Visited, the last first). One of Hosts or Shared is required.
	Hosts []string
	// Shared are patterns of names and addresses that networks of different owners use:
	// those of a product, or of a cloud where anyone may have a network. The session may
	// talk to them, too; a certificate for one does not identify the network's owner.
	Shared []string
	// Visited are the responses that the probe got on the way to the portal's page, first
	// to last. The session starts with their cookies, because a portal may refuse a client
	// without them.
	Visited []Visit
	// Permission returns what the user allows this helper on this network now. It is asked
	// before each request with a secret, because the user may revoke it; nil allows nothing.
	Permission func() Permission
	// BeforeSecret is asked before each request that carries a secret, when it is known where
	// it goes: over https with the certificate of the very connection. Nothing is sent if it
	// returns an error, which becomes the cause of a [*SecretError]. nil allows everything
	// that Permission does.
	BeforeSecret func(Destination) error
	// Logger gets one debug record for each exchange; nil discards.
	Logger *slog.Logger
}

// Permission is what the user allows beyond the secret rule: see [Session].
type Permission struct {
	Cleartext   bool // to send secrets over plain http, and in a URL
	SharedHosts bool // to send secrets over https to hosts that are Shared or that only the network names
}

// Visit is a response from before the session.
type Visit struct {
	URL    *url.URL
	Header http.Header
	Body   string // in UTF-8; scripts in it may set cookies
}

// Session is one conversation with one portal: a cookie jar, a host list, limits and a
// trace. One goroutine at a time sends requests; any may call Declare, DeclareTokens,
// ContainsSecret, HasSecrets, MaskSecrets, Redact, RedactSecrets, SetStep, Tokens and Trace.
type Session struct {
	transport http.RoundTripper
	jar       *web.Jar
	hosts     HostList
	allowed   func() Permission
	logger    *slog.Logger
	redactor  *redactor
	trace     *traceLog
	page      *Page
	sent      int             // requests so far
	origins   map[string]bool // host and port of each request so far, and of those before the session
	submitted bool
	visited   []Visit // see Visited
	beforeUse func(context.Context, Use) error

	beforeSecret func(Destination) error
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
	logger := config.Logger
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	s := &Session{
		transport: config.Transport,
		jar:       web.NewJar(),
		hosts:     hosts,
		allowed:   config.Permission,
		logger:    logger,
		redactor:  &redactor{},
		trace:     &traceLog{},
		origins:   map[string]bool{},

		beforeSecret: config.BeforeSecret,
	}
	s.know(config.Start)
	for _, visit := range config.Visited {
		s.keepCookies(context.Background(), visit.URL, visit.Header, visit.Body)
		s.know(visit.URL)
	}
	return s, nil
}

// know adds the origin of a URL from before the session.
func (s *Session) know(u *url.URL) {
	if u == nil {
		return
	}
	if known, err := resolveURL(nil, u.String()); err == nil {
		s.origins[known.Host] = true
	}
}

// Page returns the current page, nil before the first. A call that returns an error does
// not change it.
func (s *Session) Page() *Page { return s.page }

// SetStep names the next step, for trace and errors.
func (s *Session) SetStep(name string) { s.trace.setStep(name) }

// Declare adds secrets before they are sent: [Session.Redact] masks them, and a field or
// URL that contains one is treated like the secret. It ignores plain values. After more than 1000, or
// 64 KiB of them, [Session.SecretsErr] is [ErrManySecrets], and nothing is sent any more.
func (s *Session) Declare(values ...Value) { s.redactor.declare(values) }

// SecretsErr returns [ErrManySecrets] if a secret was declared that is not looked for.
func (s *Session) SecretsErr() error { return s.redactor.err() }

// DeclareTokens adds texts that identify this session, such as a logoff URL or a session
// ID: a reader of a log could take the session over with them. They are masked like
// secrets, but may be sent anywhere, because the portal made them. Words in it that look
// random, and the values of a URL's query, are masked by themselves, too. A text of less than 8 bytes is ignored, because it would
// be found everywhere by accident. If there are more than 1000, or more than 128 KiB of them, each
// text of 8 bytes or more is masked as a whole.
func (s *Session) DeclareTokens(texts ...string) { s.redactor.declareTokens(texts) }

// ContainsSecret reports whether the text contains a secret that was sent or declared, in
// any spelling that [Session.Redact] masks. A token is no secret.
func (s *Session) ContainsSecret(text string) bool { return s.redactor.contains(text) }

// Redact masks every secret that was sent or declared and every token, verbatim and as
// URLs, HTML, JSON and Go quote them.
func (s *Session) Redact(text string) string { return s.redactor.redact(text) }

// MaskSecrets is Redact without the tokens.
func (s *Session) MaskSecrets(text string) string {
	_, alone, _ := s.redactor.maskers()
	return alone.Redact(text)
}

// Tokens returns the texts that were declared as tokens. They identify the user's session.
func (s *Session) Tokens() []string { return s.redactor.declaredTokens() }

// RedactSecrets masks secrets, and no tokens, in a page or URL that another client got from
// the portal: long secrets anywhere, short ones only as whole words, so that the text
// keeps its meaning.
func (s *Session) RedactSecrets(text string) string { return s.redactor.redactSecrets(text) }

// HasSecrets reports whether any secret was sent or declared.
func (s *Session) HasSecrets() bool { return s.redactor.hasSecrets() }

// HasSubmitted reports whether a request with a body, with fields, with a secret or with
// credentials was sent: it may have changed something at the portal, regardless of the result.
func (s *Session) HasSubmitted() bool { return s.submitted }

// Requests returns how many requests were made, at most [MaxRequests]. Only the goroutine that makes
// them may call it.
func (s *Session) Requests() int { return s.sent }

// Trace returns a copy of all exchanges so far. Each redirect is an exchange.
func (s *Session) Trace() []Exchange { return s.trace.redacted(s.Redact) }

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

// Open gets rawURL, relative to the current page, and follows redirects. A redirect that
// the session may not follow becomes the page, and the trace says why.
//
// Errors: [*HostError], [*SecretError] if the URL contains a declared secret, a limit, or an
// error of the transport.
func (s *Session) Open(ctx context.Context, rawURL string) (*Page, error) {
	return s.OpenWith(ctx, rawURL, Extra{})
}

// Submit sends a form as a browser does: its entries, with the fields of sub put in, to
// its action, with its method, enctype and charset. Errors are as for [Session.Open], and
// that the form or its button cannot be used.
func (s *Session) Submit(ctx context.Context, form *Form, sub Submission) (*Page, error) {
	for _, field := range sub.Fields {
		s.Declare(field.Value) // before the first error
	}
	s.declareExtra(sub.Extra)
	m, err := form.message(ctx, sub)
	if err == nil {
		err = m.setExtra(sub.Extra)
	}
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
	s.declareExtra(body.Extra)
	if err == nil {
		err = m.setExtra(body.Extra)
	}
	if err != nil {
		return nil, s.failure("post to URL", err)
	}
	if m.url, err = s.Resolve(rawURL); err != nil {
		return nil, s.failure("post to URL", err)
	}
	return s.visit(ctx, m)
}

// Resolve returns the URL that [Session.Open] and [Session.Post] take rawURL for.
func (s *Session) Resolve(rawURL string) (*url.URL, error) {
	if s.page == nil {
		return resolveURL(nil, rawURL)
	}
	return s.page.Resolve(rawURL)
}
