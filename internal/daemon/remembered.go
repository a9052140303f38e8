package daemon

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"hotspot-helper/consent"
	"hotspot-helper/internal/maker"
	"hotspot-helper/plugins/remember"
	"hotspot-helper/secrets"
)

// Remembered are the logins that a person did once in a sign-in window. The system's agent has none.
func (e Env) Remembered() remember.Store {
	if data := e.DataDir(); data != "" && !e.System {
		return remember.Store{Dir: filepath.Join(data, "remembered")}
	}
	return remember.Store{}
}

// Remember keeps a login that the user agreed to: what was typed in the secret store, consents for its
// network, and last the pack, which a running agent then uses. The login that it replaces is forgotten.
// It returns where the secrets are; empty: there are none. If it fails, nothing is kept of it, and it can be tried again.
func (e Env) Remember(ctx context.Context, o *remember.Offer, inFile bool) (secrets.Place, error) {
	place, err := e.remember(ctx, o, inFile)
	if err != nil {
		return "", errors.Join(err, e.forgetGiven(ctx, &o.Login))
	}
	if o.Replaces != nil {
		return place, e.forgetGiven(ctx, o.Replaces)
	}
	return place, nil
}

func (e Env) remember(ctx context.Context, o *remember.Offer, inFile bool) (place secrets.Place, err error) {
	id := maker.ID{Helper: o.Name, Maker: maker.User}
	for _, f := range o.Fields {
		if place, err = e.Secrets().Set(ctx, id, f.Name, o.Values[f.Name].Reveal(), inFile); err != nil {
			return "", err
		}
	}
	for _, given := range consentsOf(&o.Login) {
		if err := e.Consents().Give(given); err != nil {
			return "", err
		}
	}
	return place, e.Remembered().Keep(o)
}

// consentsOf returns what the user agrees to by having a login remembered, for its network alone.
func consentsOf(l *remember.Login) []consent.Record {
	given := func(kind consent.Kind) consent.Record {
		return consent.Record{
			Helper: l.Name, Maker: maker.User, Kind: kind, Network: &l.Network.SSID, Identity: &l.Network,
			Answer: consent.Always, Time: time.Now().UTC().Truncate(time.Second), Source: consent.SourceWindow,
		}
	}
	var all []consent.Record
	if len(l.Terms) > 0 {
		terms := given(consent.KindTerms)
		for _, text := range l.Terms {
			terms.Texts = append(terms.Texts, consent.Digest(text))
		}
		all = append(all, terms)
	}
	if l.Cleartext != "" {
		all = append(all, given(consent.KindCleartext))
	}
	if l.SharedHost != "" {
		all = append(all, given(consent.KindSharedHost))
	}
	return all
}

// Forget removes a remembered login with its secrets and consents. The pack goes first, so that a running
// agent does not use it without them.
func (e Env) Forget(ctx context.Context, name string) (*remember.Login, error) {
	login, err := e.Remembered().Forget(name)
	if err != nil {
		return nil, err
	}
	return login, e.forgetGiven(ctx, login)
}

// forgetGiven removes the secrets and consents of a remembered login.
func (e Env) forgetGiven(ctx context.Context, l *remember.Login) error {
	kept, err := e.Secrets().List()
	for _, entry := range kept {
		if entry.Helper == l.Name {
			_, _, removed := e.Secrets().Remove(ctx, l.Name, entry.Field)
			err = errors.Join(err, removed)
		}
	}
	_, revoked := e.Consents().Revoke(func(r consent.Record) bool { return r.Helper == l.Name })
	if err := errors.Join(err, revoked); err != nil {
		return fmt.Errorf("forget what %s was given: %w", l.Name, err)
	}
	return nil
}
