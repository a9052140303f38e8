package daemon

import (
	"context"
	"log/slog"
	"path/filepath"
	"testing"

	"hotspot-helper/agent"
	"hotspot-helper/agent/agenttest"
	"hotspot-helper/consent"
	"hotspot-helper/internal/maker"
	"hotspot-helper/plugins"
	"hotspot-helper/probe"
	"hotspot-helper/wifi"
)

// severalTerms is a helper that may ask about several terms.
type severalTerms struct{ plugins.Helper }

func (severalTerms) Name() string       { return "several" }
func (severalTerms) Maker() maker.Maker { return maker.User }
func (severalTerms) Terms() []string    { return []string{"Be nice.", "It costs 99 EUR.", "No music."} }

// A click accepts the terms that were shown, and no others of the helper. Those that were accepted before stay so.
func TestOnlyTheTermsThatWereShownAreAccepted(t *testing.T) {
	ag, err := agent.New(agent.Config{
		Links:    &agenttest.Links{},
		Dial:     func(agent.Link, probe.Family) agent.Path { return nil },
		Settings: agent.Settings{Registry: plugins.NewRegistry([]plugins.Entry{{Helper: severalTerms{}}})},
	})
	if err != nil {
		t.Fatal(err)
	}
	d := decisions{consents: consent.Store{File: filepath.Join(t.TempDir(), "consents.json")}, agent: ag, logger: slog.New(slog.DiscardHandler)}
	guest := wifi.Identity{SSID: "Guest", Security: wifi.SecurityOpen}
	ctx, stop := context.WithCancel(t.Context())
	stop() // the agent does not run, so it is not resumed
	var accepted []string
	for _, terms := range []string{"No music.", "Be nice."} {
		if err := d.AcceptTerms(ctx, "wlan0", agent.Need{Kind: agent.NeedTerms, Helper: "several", Terms: terms}, guest); err == nil {
			t.Error("an agent that does not run is resumed")
		}
		accepted = append(accepted, terms)
		given, err := d.consents.Given(maker.ID{Helper: "several", Maker: maker.User}, guest)
		if err != nil || len(given.Texts) != len(accepted) {
			t.Errorf("accepted: %+v, %v", given, err)
		}
		for _, terms := range accepted {
			if given.Accepts(terms) != consent.Always {
				t.Errorf("%q is not accepted: %+v", terms, given)
			}
		}
	}
}
