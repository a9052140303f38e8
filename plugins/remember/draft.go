package remember

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode"

	"hotspot-helper/internal/file"
	"hotspot-helper/plugins/pack"
	"hotspot-helper/plugins/record"
	"hotspot-helper/plugins/replay"
	"hotspot-helper/portal"
	"hotspot-helper/wifi"
)

// Visit is what is known of the visit that was recorded, besides the recording.
type Visit struct {
	Network wifi.Identity // that was joined
	Online  bool          // the probe said full after it; else the recording has to show it
}

// Draft drafts a private pack from a recording, checks it, and replays it with other tokens. The error
// is a [*Refusal] if the login cannot be remembered. What it returns has to be kept or discarded.
func (s Store) Draft(ctx context.Context, c *record.Capture, v Visit) (*Offer, error) {
	if !v.Network.Complete() {
		return nil, &Refusal{ReasonNetwork, v.Network.String()}
	}
	all, err := s.List()
	if err != nil {
		return nil, err
	}
	home, err := s.draftDir()
	if err != nil {
		return nil, err
	}
	o := &Offer{home: home}
	if err := s.draft(ctx, c, v, all, o); err != nil {
		return nil, errors.Join(o.masked(ctx, c, err), o.Discard())
	}
	return o, nil
}

// masked returns an error without what was typed: it is printed and logged.
func (o *Offer) masked(ctx context.Context, c *record.Capture, err error) error {
	refusal, ok := errors.AsType[*Refusal](err)
	if !ok || refusal.Detail == "" {
		return err
	}
	texts, failed := c.Texts(ctx)
	if failed != nil { // what else to mask is not known
		return &Refusal{Reason: refusal.Reason}
	}
	mask := portal.MaskSecrets(slices.AppendSeq(texts, maps.Values(o.Values))...)
	return &Refusal{refusal.Reason, mask(refusal.Detail)}
}

func (s Store) draft(ctx context.Context, c *record.Capture, v Visit, all []Login, o *Offer) error {
	label := labelOf(v.Network)
	name := freeName(label, all)
	o.made = filepath.Join(o.home, name)
	made, err := c.DraftPrivate(ctx, o.made, label)
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("draft login: %w", ctx.Err())
	case errors.Is(err, record.ErrTooMuch):
		return &Refusal{Reason: ReasonTooMuch}
	case err != nil:
		return &Refusal{ReasonNoLogin, err.Error()}
	}
	o.Values = map[string]portal.Value{}
	for _, q := range made.Questions {
		o.Values[q.Input] = q.Value
	}
	if refusal := judge(made, v); refusal != nil {
		return refusal
	}
	o.Login = Login{
		Name: name, Network: v.Network, Portal: made.Login.Host, Hosts: made.Login.Hosts,
		Since: time.Now().UTC().Truncate(time.Second),
	}
	for _, q := range made.Questions {
		o.Fields = append(o.Fields, Field{q.Input, q.Prompt, q.Secret})
	}
	if err := o.check(ctx); err != nil {
		return err
	}
	o.Replaces = replaced(&o.Login, all)
	return nil
}

// judge returns why a draft cannot be remembered, by what the recording shows; nil: it can.
func judge(made *record.PackDraft, v Visit) *Refusal {
	login := made.Login
	if login.Obstacle != "" {
		return &Refusal{Reason(login.Obstacle), login.Detail}
	}
	if !made.Online && !v.Online {
		return &Refusal{Reason: ReasonNotOnline}
	}
	for _, q := range made.Questions {
		switch {
		case q.Unexplained:
			return &Refusal{ReasonUnknown, "the field " + q.Input}
		case q.Value.Reveal() == "":
			return &Refusal{ReasonNotTyped, "the field " + q.Input}
		}
	}
	switch {
	case login.Unexplained != "":
		return &Refusal{ReasonUnknown, login.Unexplained}
	case login.Unsent:
		return &Refusal{Reason: ReasonNotTyped}
	case login.Failure != "":
		return &Refusal{ReasonNoReplay, login.Failure}
	case !login.Marked:
		return &Refusal{Reason: ReasonNotDistinct}
	}
	return nil
}

// check loads, lints and replays the draft, and finds out what it needs the user's consent to.
func (o *Offer) check(ctx context.Context) error {
	p, err := load(o.home, o.Name)
	if err != nil {
		return &Refusal{ReasonNoReplay, strings.ReplaceAll(err.Error(), "\n", "; ")}
	}
	if err := p.Lint(file.Dir{Path: o.home}); err != nil {
		return &Refusal{ReasonNoReplay, strings.ReplaceAll(err.Error(), "\n", "; ")}
	}
	c, err := recorded(o.made)
	if err != nil {
		return &Refusal{ReasonNoReplay, strings.ReplaceAll(err.Error(), "\n", "; ")}
	}
	var visits []Request // of the visit that was recorded, and of one with other tokens
	p.BeforeUse = func(_ context.Context, use portal.Use) error {
		visits = append(visits, requestOf(use))
		return nil
	}
	if err := c.CheckRenewed(ctx, p); err != nil {
		return &Refusal{ReasonNoReplay, err.Error()}
	}
	p.BeforeUse = nil
	typed := slices.Collect(maps.Values(c.Inputs))
	o.Requests = requestsOf(visits, func(value string) bool {
		return slices.ContainsFunc(typed, func(text string) bool { return strings.Contains(value, text) })
	})
	needs, err := c.Needs(ctx, p)
	if err != nil {
		return &Refusal{ReasonNoReplay, err.Error()}
	}
	o.Terms, o.Cleartext, o.SharedHost = needs.Terms, needs.Cleartext, needs.SharedHost
	return nil
}

// caseName is the name of the recorded case of a draft.
const caseName = "login"

// recorded reads the recorded login of a pack.
func recorded(dir string) (*replay.Case, error) {
	return replay.Load(file.Dir{Path: filepath.Join(dir, replay.Dir)}, caseName, replay.Dir)
}

// load loads a pack as its files have it.
func load(dir, name string) (*pack.Pack, error) {
	return pack.Load(file.Dir{Path: dir}, name, dir)
}

// Discard removes a draft that is not kept.
func (o *Offer) Discard() error { return os.RemoveAll(o.home) }

// replaced returns the login whose place another one takes: for the same network and the same portal, or
// for the same network and set aside.
func replaced(now *Login, all []Login) *Login {
	i := slices.IndexFunc(all, func(l Login) bool {
		return l.Network.Same(now.Network) && (l.Portal == now.Portal || !l.SetAside.IsZero())
	})
	if i < 0 {
		return nil
	}
	return &all[i]
}

// labelOf returns what a person knows the network by.
func labelOf(n wifi.Identity) string {
	text := strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, n.SSID.String())
	label := []rune(strings.TrimSpace(text))
	label = label[:min(len(label), pack.MaxLabel)]
	if label := strings.TrimSpace(string(label)); label != "" {
		return label
	}
	return "wired network"
}

// freeName returns a name for a login that no other one has.
func freeName(label string, all []Login) string {
	var b strings.Builder
	for _, r := range strings.ToLower(label) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	base := strings.TrimSuffix(b.String(), "-")
	if base == "" {
		base = "network"
	}
	name := Prefix + base
	for n := 2; slices.ContainsFunc(all, func(l Login) bool { return l.Name == name }); n++ {
		name = fmt.Sprintf("%s%s-%d", Prefix, base, n)
	}
	return name
}
