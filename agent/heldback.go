package agent

import (
	"context"
	"log/slog"
	"net/url"
	"slices"

	"hotspot-helper/probe"
)

// heldText stands in place of what the network said, while the secrets that it may repeat are
// being looked up.
const heldText = "held back until the stored secrets are known"

// heldEvidence returns evidence without what may repeat a secret.
func heldEvidence(e probe.Evidence) probe.Evidence {
	e.Reason, e.PortalURL = heldText, heldURL(e.PortalURL)
	if e.CAPPORT != nil {
		api := *e.CAPPORT
		api.URL, api.UserPortalURL, api.VenueInfoURL, api.Notes = heldURL(api.URL), heldURL(api.UserPortalURL), heldURL(api.VenueInfoURL), nil
		e.CAPPORT = &api
	}
	return e
}

// heldURL returns scheme and host of an address.
func heldURL(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host + "/…"
}

// held returns the need without what may repeat a secret. Nil becomes nil.
func (n *Need) held() *Need {
	if n == nil {
		return nil
	}
	held := *n
	held.URL = heldURL(n.URL)
	if n.Text != "" {
		held.Text = heldText
	}
	for _, d := range []**Destination{&held.Old, &held.New} {
		if *d != nil {
			shown := **d
			shown.Form = ""
			*d = &shown
		}
	}
	return &held
}

// held returns the transition without what may repeat a secret.
func (t Transition) held() Transition {
	if t.CauseKind == CauseVerdict || t.CauseKind == CauseFlow {
		t.Cause = heldText
	}
	t.Need = t.Need.held()
	return t
}

// holdBack removes from a snapshot what may repeat a secret.
func (s *Association) holdBack() {
	s.Domains, s.Step = nil, ""
	s.Need, s.Journal = s.Need.held(), slices.Clone(s.Journal)
	for i, t := range s.Journal {
		s.Journal[i] = t.held()
	}
}

// forgetHeld drops what is held back when another network is joined: nothing would say any more that it
// may repeat a secret.
func (as *association) forgetHeld() {
	if !as.isHeld() {
		return
	}
	as.findings.evidence, as.task.early, as.domains.list = nil, nil, nil
	as.need = as.need.held()
	as.journal = slices.Clone(as.journal)
	for i, t := range as.journal {
		as.journal[i] = t.held()
	}
	as.stored, as.heldFor = nil, nil
}

// heldHandler leaves out of a log what may repeat a secret, as long as a function says so.
type heldHandler struct {
	slog.Handler

	isHeld func() bool
}

// Handle keeps the attributes that the agent itself sets.
func (h heldHandler) Handle(ctx context.Context, r slog.Record) error {
	if !h.isHeld() {
		return h.Handler.Handle(ctx, r)
	}
	held := slog.NewRecord(r.Time, r.Level, r.Message, r.PC)
	r.Attrs(func(attr slog.Attr) bool {
		if slices.Contains([]string{"interface", "helper", "flow", "outcome", "family", "verdict"}, attr.Key) {
			held.AddAttrs(attr)
		}
		return true
	})
	held.AddAttrs(slog.String("rest", heldText))
	return h.Handler.Handle(ctx, held)
}

// WithAttrs keeps the function. The attributes are the agent's own.
func (h heldHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return heldHandler{h.Handler.WithAttrs(attrs), h.isHeld}
}

// WithGroup keeps the function.
func (h heldHandler) WithGroup(name string) slog.Handler {
	return heldHandler{h.Handler.WithGroup(name), h.isHeld}
}
