package agent

import (
	"encoding/json"
	"strings"
	"testing"

	"hotspot-helper/plugins"
	"hotspot-helper/portal"
	"hotspot-helper/portal/flow"
	"hotspot-helper/wifi"
)

// asking is a helper with an input that its flow does not use.
type asking struct{ plugins.Helper }

func (asking) Name() string { return "asking" }

func (asking) Inputs() []flow.Input { return []flow.Input{{Name: "pin", Secret: true}} }

// A portal can write what it knows into its address and its form. What is remembered of where
// a secret went contains no secret of the same helper, and none that is known here.
func TestDestinationsKeepNoSecret(t *testing.T) {
	store, err := OpenStore("", nil)
	if err != nil {
		t.Fatal(err)
	}
	a := &Agent{store: store, logger: orDiscard(nil)}
	a.settings.Inputs = func(plugins.Helper, string) (portal.Value, bool, error) { return portal.Secret("swordfish"), true, nil }
	as := &association{identity: wifi.Identity{SSID: "Cafe", Security: wifi.SecurityOpen}, secrets: redactors(nil).with("other", newSession(t, portal.Secret("tortoise")))}
	before := a.beforeSecret(as, asking{})
	if err := before(portal.Destination{Scheme: "https", Host: "swordfish.tortoise.test", Form: "swordfish text, tortoise text"}); err != nil {
		t.Fatal(err)
	}
	kept, err := json.Marshal(store.destinations(as.identity))
	if err != nil || strings.Contains(string(kept), "swordfish") || strings.Contains(string(kept), "tortoise") || strings.Count(string(kept), "[redacted]") != 4 {
		t.Errorf("%s, %v", kept, err)
	}
}
