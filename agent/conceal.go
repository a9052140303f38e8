package agent

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"

	"hotspot-helper/portal"
	"hotspot-helper/probe"
)

// mask takes secrets out of a text; nil leaves it as it is.
type mask func(string) string

func (m mask) text(s string) string {
	if m == nil {
		return s
	}
	return m(s)
}

func (m mask) list(texts []string) []string {
	masked := slices.Clone(texts)
	for i, text := range masked {
		masked[i] = m.text(text)
	}
	return masked
}

func (m mask) header(header http.Header) http.Header {
	if header == nil {
		return nil
	}
	masked := http.Header{}
	for name, values := range header {
		masked[m.text(name)] = m.list(values)
	}
	return masked
}

// masks are those of the last flow of each kind and helper that told the portal a secret.
type masks map[string]mask

// with adds the secrets of a flow. One that knew none does not take those of before away:
// the portal still has them.
func (m masks) with(flow string, session *portal.Session) masks {
	if session == nil || !session.HasSecrets() {
		return m
	}
	more := maps.Clone(m)
	if more == nil {
		more = masks{}
	}
	more[flow] = session.RedactSecrets
	return more
}

// all masks the secrets of all; nil where there are none.
func (m masks) all() mask {
	if len(m) == 0 {
		return nil
	}
	return func(text string) string {
		for _, flow := range slices.Sorted(maps.Keys(m)) {
			text = m[flow].text(text)
		}
		return text
	}
}

// concealed returns evidence without the secrets that a portal was told and says back
// to the probe, in an address such as /login?error=1&pin=2718: evidence is shown,
// logged and saved.
func concealed(e probe.Evidence, m mask) probe.Evidence {
	if m == nil {
		return e
	}
	e.Reason, e.PortalURL, e.WISPr, e.Notes = m.text(e.Reason), m.text(e.PortalURL), m.text(e.WISPr), m.list(e.Notes)
	e.Hops = slices.Clone(e.Hops)
	for i, hop := range e.Hops {
		hop.URL, hop.Body, hop.Error, hop.Header = m.text(hop.URL), m.text(hop.Body), m.text(hop.Error), m.header(hop.Header)
		e.Hops[i] = hop
	}
	e.Checks = slices.Clone(e.Checks)
	for i, check := range e.Checks {
		e.Checks[i].Detail = m.text(check.Detail)
	}
	e.Families = slices.Clone(e.Families)
	for i, family := range e.Families {
		e.Families[i].Reason = m.text(family.Reason)
	}
	if e.CAPPORT != nil {
		api := *e.CAPPORT
		api.URL, api.UserPortalURL, api.VenueInfoURL, api.Notes = m.text(api.URL), m.text(api.UserPortalURL), m.text(api.VenueInfoURL), m.list(api.Notes)
		e.CAPPORT = &api
	}
	return e
}

// concealing is a log without secrets, for those who do not know them.
type concealing struct {
	slog.Handler

	mask mask
}

// Handle masks the values of a record.
func (c concealing) Handle(ctx context.Context, r slog.Record) error {
	masked := slog.NewRecord(r.Time, r.Level, c.mask.text(r.Message), r.PC)
	r.Attrs(func(attr slog.Attr) bool {
		masked.AddAttrs(c.attr(attr))
		return true
	})
	return c.Handler.Handle(ctx, masked)
}

// WithAttrs masks the values.
func (c concealing) WithAttrs(attrs []slog.Attr) slog.Handler {
	masked := make([]slog.Attr, len(attrs))
	for i, attr := range attrs {
		masked[i] = c.attr(attr)
	}
	return concealing{c.Handler.WithAttrs(masked), c.mask}
}

// WithGroup keeps the mask.
func (c concealing) WithGroup(name string) slog.Handler {
	return concealing{c.Handler.WithGroup(name), c.mask}
}

// attr masks what a value is written as, and leaves one alone in which that finds nothing.
func (c concealing) attr(attr slog.Attr) slog.Attr {
	attr.Value = attr.Value.Resolve()
	if attr.Value.Kind() == slog.KindGroup {
		group := slices.Clone(attr.Value.Group())
		for i, inner := range group {
			group[i] = c.attr(inner)
		}
		return slog.Attr{Key: attr.Key, Value: slog.GroupValue(group...)}
	}
	text := attr.Value.String()
	if attr.Value.Kind() == slog.KindAny {
		text = fmt.Sprint(attr.Value.Any())
	}
	if masked := c.mask.text(text); masked != text {
		attr.Value = slog.StringValue(masked)
	}
	return attr
}
