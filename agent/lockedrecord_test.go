package agent

import (
	"encoding/json"
	"strings"
	"testing"

	"hotspot-helper/plugins"
	"hotspot-helper/portal"
	"hotspot-helper/wifi"
)

// What is remembered of where a secret went has no text of the network's while a secret that it may repeat cannot
// be read, and the place is the same one when it can.
func TestDestinationsWhileLocked(t *testing.T) {
	store, err := OpenStore("", nil)
	if err != nil {
		t.Fatal(err)
	}
	a, locked := &Agent{store: store, logger: orDiscard(nil)}, true
	a.settings.Inputs = func(plugins.Helper, string) (portal.Value, bool, error) {
		if locked {
			return portal.Value{}, false, ErrLocked
		}
		return portal.Secret("swordfish"), true, nil
	}
	as := &association{identity: wifi.Identity{SSID: "Cafe", Security: wifi.SecurityOpen}}
	for range 2 {
		if err := a.beforeSecret(as, asking{})(portal.Destination{Scheme: "https", Host: "cafe.test", Form: "swordfish:text", FormDigest: "1"}); err != nil {
			t.Fatal(err)
		}
		kept, err := json.Marshal(store.destinations(as.identity))
		if all := store.destinations(as.identity); err != nil || strings.Contains(string(kept), "swordfish") || len(all) != 1 || (all[0].Form == "") != locked {
			t.Errorf("locked %t: %s, %v", locked, kept, err)
		}
		locked = false
	}
}
