// Package portal is the bound and bounded HTTP conversation with one captive portal.
package portal

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
)

// Config says what a session may do.
type Config struct {
	// Transport carries the requests: it is bound to one interface, resolves by that
	// link's DNS servers, verifies certificates and asks [CheckTarget] about every
	// address before dialling it. Required.
	Transport http.RoundTripper
	// Start is the portal's URL as the probe found it; may be nil.
	Start *url.URL
	// Gateway is the link's gateway; may be the zero Addr.
	Gateway netip.Addr
	// Hosts are the patterns of hosts that the session may talk to: a name or an
	// address ("login.cafe.test"), all names below one ("*.cafe.test"), "@start" (the
	// host of Start) or "@gateway" (the address Gateway). At least one is required.
	Hosts []string
	// Cleartext says that the user allowed secrets over plain http, in a query and to
	// hosts that only "@start" or "@gateway" name, for this network.
	Cleartext bool
	// Logger gets one debug line for each exchange; nil discards.
	Logger *slog.Logger
}

// Session is one conversation with one portal: a cookie jar, a host list, limits and a
// trace. One goroutine at a time drives it; Trace and Redact may be called by any.
type Session struct{ page *Page }

// New returns a session that has sent nothing yet. Its error joins all mistakes of the Config.
func New(Config) (*Session, error) { return &Session{}, nil }

// Open gets rawURL, relative to the current page, and follows redirects.
func (s *Session) Open(context.Context, string) (*Page, error) { panic("stub") }

// Submit sends a form as a browser would.
func (s *Session) Submit(context.Context, *Form, Submission) (*Page, error) { panic("stub") }

// Post posts a body to rawURL, relative to the current page.
func (s *Session) Post(context.Context, string, Body) (*Page, error) { panic("stub") }

// Page returns the current page, nil before the first.
func (s *Session) Page() *Page { return s.page }

// Cookie returns the value of the cookie that would be sent to the current page.
func (s *Session) Cookie(string) (string, bool) { panic("stub") }

// Declare makes values known to [Session.Redact] before they are sent.
func (s *Session) Declare(...Value) { panic("stub") }

// Redact masks every secret value sent or declared.
func (s *Session) Redact(string) string { panic("stub") }

// Trace returns a copy of all exchanges so far.
func (s *Session) Trace() []Exchange { panic("stub") }

// SetStep names the step for trace and errors.
func (s *Session) SetStep(string) { panic("stub") }

// Field is a named value to send.
type Field struct {
	Name  string
	Value Value
}

// Submission is what is put into a form before it is sent.
type Submission struct {
	// Fields replace the form's entries of the same name, or are appended.
	Fields []Field
	// Button is a CSS selector of the submit button to press, "" for the form's default button.
	Button string
}

// Body is the body of a post: Form fields, or JSON when that is not nil.
type Body struct {
	// Form is sent as application/x-www-form-urlencoded in UTF-8.
	Form []Field
	// JSON is built of nil, bool, numbers, string, [Value], []any, []map[string]any
	// and map[string]any; Values are revealed when it is sent.
	JSON any
}
