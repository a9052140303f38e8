package portal

import (
	"context"
	"net/url"
	"strings"
)

// Use is what a request does on the page that it comes from.
type Use struct {
	Page   *Page
	Form   *Form    // that is submitted; nil: a link is followed, or something is posted
	Method string   // of the request
	Type   string   // media type of its body; empty: it has none
	Target *url.URL // of the request
	// Sent are the values of the fields by their names. JSON has no fields.
	Sent map[string][]string
}

// UseError is the error of a request that the function of [Session.BeforeUse] refuses: a person has to look.
type UseError struct{ Reason string }

func (e *UseError) Error() string { return e.Reason }

// BeforeUse has a function asked before each request that comes from a page, and before a redirect that keeps method and body is
// followed. Nothing is sent if it returns an error.
func (s *Session) BeforeUse(ask func(context.Context, Use) error) { s.beforeUse = ask }

// askBeforeUse returns the error of the function of [Session.BeforeUse].
func (s *Session) askBeforeUse(ctx context.Context, m *message) error {
	if s.beforeUse == nil || s.page == nil || m.extra.Check {
		return nil
	}
	kind, _, _ := strings.Cut(m.contentType, ";") // without the boundary
	use := Use{Page: s.page, Form: m.form, Method: m.method, Type: kind, Target: m.url, Sent: map[string][]string{}}
	for _, entry := range m.entries {
		use.Sent[entry.Name] = append(use.Sent[entry.Name], entry.Value.Reveal())
	}
	return s.beforeUse(ctx, use)
}
