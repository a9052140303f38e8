package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"hotspot-helper/agent"
	"hotspot-helper/consent"
	"hotspot-helper/internal/maker"
	"hotspot-helper/plugins"
	"hotspot-helper/wifi"
)

// ConsentOf completes an answer about a helper: whose helper it is, the terms that it may ask about, and the time.
func ConsentOf(helper plugins.Helper, r consent.Record) consent.Record {
	id := plugins.Identity(helper)
	r.Helper, r.Maker = id.Helper, id.Maker
	if r.Kind == consent.KindTerms && r.Answer == consent.Always {
		r.Texts = TermsDigests(helper)
	}
	r.Time = now()
	return r
}

// SignInAnswer is an answer about being asked to sign in on a network.
func SignInAnswer(network wifi.Identity, answer consent.Answer, source consent.Source) consent.Record {
	return consent.Record{
		Maker: maker.User, Kind: consent.KindSignIn, Network: &network.SSID, Identity: &network,
		Answer: answer, Time: now(), Source: source,
	}
}

// now is the time as files have it.
func now() time.Time { return time.Now().UTC().Truncate(time.Second) }

// decisions carries out what a person chooses on a notification, as the commands do.
type decisions struct {
	consents consent.Store
	agent    *agent.Agent
	logger   *slog.Logger
}

// errOtherTerms says that what a person read is not what would be accepted.
var errOtherTerms = errors.New("the helper asks about other terms by now")

// AcceptTerms records consent to the terms that a login waits for, on its network alone, and makes the login go on.
func (d decisions) AcceptTerms(ctx context.Context, iface string, need agent.Need, network wifi.Identity) error {
	helper, err := d.agent.Helper(need.Helper)
	if err != nil {
		return err
	}
	r := ConsentOf(helper, consent.Record{Kind: consent.KindTerms, Network: &network.SSID, Identity: &network, Answer: consent.Always, Source: consent.SourceNotification})
	shown := consent.Digest(need.Terms)
	if !slices.Contains(r.Texts, shown) {
		return fmt.Errorf("accept terms for %s: %w", need.Helper, errOtherTerms)
	}
	given, err := d.consents.Given(plugins.Identity(helper), network)
	if err != nil {
		return err
	}
	// The helper may ask about others, which nobody read here. Those that were accepted before stay so.
	r.Texts = slices.DeleteFunc(r.Texts, func(text string) bool {
		return text != shown && (given.Terms != consent.Always || given.Texts != nil && !slices.Contains(given.Texts, text))
	})
	if err := d.consents.Give(r); err != nil {
		return err
	}
	d.logger.Info("consent recorded", "kind", string(r.Kind), "helper", r.Helper, "network", network.String(), "source", string(r.Source))
	return d.agent.Resume(ctx, iface, agent.CauseConsent)
}

// NotHere records that a person does not want to be asked to sign in on a network.
func (d decisions) NotHere(network wifi.Identity) error {
	r := SignInAnswer(network, consent.Never, consent.SourceNotification)
	if err := d.consents.Give(r); err != nil {
		return err
	}
	d.logger.Info("nobody is asked to sign in there any more", "network", network.String(), "source", string(r.Source))
	return nil
}

// IsMuted reports whether a person does not want to be asked to sign in on a network.
func (d decisions) IsMuted(network wifi.Identity) bool {
	muted, err := d.consents.IsMuted(network)
	if err != nil {
		d.logger.Warn("consent cannot be read: a person is asked to sign in", "error", err)
	}
	return muted
}
