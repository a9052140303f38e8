package agent

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"

	"hotspot-helper/internal/redact"
	"hotspot-helper/portal"
	"hotspot-helper/probe"
)

// redactor removes secrets from a text; nil leaves it as it is.
type redactor func(string) string

func (r redactor) text(s string) string {
	if r == nil {
		return s
	}
	return r(s)
}

// cut masks a text that is cut at its end, where it may have half a secret.
func (r redactor) cut(s string) string {
	return strings.TrimSuffix(r.text(s+redact.Cut), redact.Cut)
}

func (r redactor) list(texts []string) []string {
	redacted := slices.Clone(texts)
	for i, text := range redacted {
		redacted[i] = r.text(text)
	}
	return redacted
}

func (r redactor) header(header http.Header) http.Header {
	if header == nil {
		return nil
	}
	redacted := http.Header{}
	for name, values := range header {
		redacted[r.text(name)] = r.list(values)
	}
	return redacted
}

// knownSecrets are the secrets of one flow or helper.
type knownSecrets struct {
	mask redactor
	// contains reports whether one stands in a text, in any spelling. It also finds those that the
	// mask passes over: short ones within words.
	contains func(string) bool
	// anywhere is a mask that passes over none.
	anywhere redactor
}

// redactors are those of the last flow of each kind and helper that sent a secret, and those of
// stored secrets. The address tells whether one is the same as before.
type redactors map[string]*knownSecrets

// with adds the secrets of a flow. A flow without secrets does not remove those of an
// earlier one: the portal still has them.
func (r redactors) with(flow string, session *portal.Session) redactors {
	if session == nil || !session.HasSecrets() {
		return r
	}
	more := maps.Clone(r)
	if more == nil {
		more = redactors{}
	}
	more[flow] = &knownSecrets{session.RedactSecrets, session.ContainsSecret, session.MaskSecrets}
	return more
}

// join returns the redactors of both. Of two for the same flow, the first counts.
func (r redactors) join(more redactors) redactors {
	if len(more) == 0 {
		return r
	}
	all := maps.Clone(more)
	maps.Copy(all, r)
	return all
}

// beyond returns those that are not among others.
func (r redactors) beyond(others redactors) redactors {
	more := maps.Clone(r)
	maps.DeleteFunc(more, func(flow string, known *knownSecrets) bool { return others[flow] == known })
	return more
}

// all removes the secrets of all flows; nil if there are none.
func (r redactors) all() redactor {
	return r.each(func(known *knownSecrets) redactor { return known.mask })
}

// anywhere removes the secrets of all flows, also short ones within words; nil if there are none.
func (r redactors) anywhere() redactor {
	return r.each(func(known *knownSecrets) redactor { return known.anywhere })
}

// each applies a mask of each flow, in order.
func (r redactors) each(mask func(*knownSecrets) redactor) redactor {
	if len(r) == 0 {
		return nil
	}
	return func(text string) string {
		for _, flow := range slices.Sorted(maps.Keys(r)) {
			text = mask(r[flow]).text(text)
		}
		return text
	}
}

// contain reports whether a secret of any flow stands in the text, in any spelling.
func (r redactors) contain(text string) bool {
	for _, known := range r {
		if known.contains(text) {
			return true
		}
	}
	return false
}

// redactEvidence returns evidence without secrets. Evidence is shown, logged and saved,
// and a portal may repeat in it what a login sent, in an address such as /login?error=1&pin=2718.
func redactEvidence(e probe.Evidence, r redactor) probe.Evidence {
	if r == nil {
		return e
	}
	e.Reason, e.PortalURL, e.WISPr, e.Notes = r.text(e.Reason), r.text(e.PortalURL), r.text(e.WISPr), r.list(e.Notes)
	e.Link.API = r.text(e.Link.API)
	e.Hops = slices.Clone(e.Hops)
	for i, hop := range e.Hops {
		hop.URL, hop.Error, hop.Header = r.text(hop.URL), r.text(hop.Error), r.header(hop.Header)
		if hop.Truncated {
			hop.Body = r.cut(hop.Body)
		} else {
			hop.Body = r.text(hop.Body)
		}
		e.Hops[i] = hop
	}
	e.Checks = slices.Clone(e.Checks)
	for i, check := range e.Checks {
		e.Checks[i].Detail = r.text(check.Detail)
	}
	e.Families = slices.Clone(e.Families)
	for i, family := range e.Families {
		e.Families[i].Reason = r.text(family.Reason)
	}
	if e.CAPPORT != nil {
		api := *e.CAPPORT
		api.URL, api.UserPortalURL, api.VenueInfoURL, api.Notes = r.text(api.URL), r.text(api.UserPortalURL), r.text(api.VenueInfoURL), r.list(api.Notes)
		e.CAPPORT = &api
	}
	return e
}

// redactingHandler removes secrets from a log.
type redactingHandler struct {
	slog.Handler

	secrets redactor
}

// Handle redacts the values of a record.
func (h redactingHandler) Handle(ctx context.Context, r slog.Record) error {
	redacted := slog.NewRecord(r.Time, r.Level, h.secrets.text(r.Message), r.PC)
	r.Attrs(func(attr slog.Attr) bool {
		redacted.AddAttrs(h.attr(attr))
		return true
	})
	return h.Handler.Handle(ctx, redacted)
}

// WithAttrs redacts the values.
func (h redactingHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	redacted := make([]slog.Attr, len(attrs))
	for i, attr := range attrs {
		redacted[i] = h.attr(attr)
	}
	return redactingHandler{h.Handler.WithAttrs(redacted), h.secrets}
}

// WithGroup keeps the redactor.
func (h redactingHandler) WithGroup(name string) slog.Handler {
	return redactingHandler{h.Handler.WithGroup(name), h.secrets}
}

// attr redacts what a value is written as. A value without secrets stays as it is.
func (h redactingHandler) attr(attr slog.Attr) slog.Attr {
	attr.Value = attr.Value.Resolve()
	if attr.Value.Kind() == slog.KindGroup {
		group := slices.Clone(attr.Value.Group())
		for i, inner := range group {
			group[i] = h.attr(inner)
		}
		return slog.Attr{Key: attr.Key, Value: slog.GroupValue(group...)}
	}
	text := attr.Value.String()
	if attr.Value.Kind() == slog.KindAny {
		text = fmt.Sprint(attr.Value.Any())
	}
	if redacted := h.secrets.text(text); redacted != text {
		attr.Value = slog.StringValue(redacted)
	}
	return attr
}
