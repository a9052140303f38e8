package remember_test

import (
	"os"
	"path/filepath"
	"testing"

	"hotspot-helper/plugins/pack"
	"hotspot-helper/plugins/record"
	"hotspot-helper/plugins/remember"
	"hotspot-helper/portal/portaltest"
	"hotspot-helper/wifi"
)

// guest is the network of most tests.
var guest = wifi.Identity{SSID: "Guest Wi-Fi", Security: wifi.SecurityOpen}

// har returns the capture of a real browser at a kind of portal.
func har(t *testing.T, kind portaltest.Kind) *record.Capture {
	t.Helper()
	file, err := os.Open(filepath.Join("..", "record", "testdata", string(kind)+".har"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	capture, err := record.Read(file)
	if err != nil {
		t.Fatal(err)
	}
	return capture
}

// harKinds are the kinds that there are captures of.
func harKinds() []portaltest.Kind {
	return []portaltest.Kind{
		portaltest.KindOpenNDS, portaltest.KindOpenNDSMail, portaltest.KindPfSense, portaltest.KindOPNsense, portaltest.KindMeraki, portaltest.KindRuckus, portaltest.KindFortinet,
	}
}

func store(t *testing.T) remember.Store {
	t.Helper()
	return remember.Store{Dir: filepath.Join(t.TempDir(), "remembered")}
}

// remembered keeps a login, and returns it with its pack.
func remembered(t *testing.T, s remember.Store, c *record.Capture) (*remember.Offer, *pack.Pack) {
	t.Helper()
	offer, err := s.Draft(t.Context(), c, remember.Visit{Network: guest})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Keep(offer); err != nil {
		t.Fatal(err)
	}
	p, err := pack.Load(os.DirFS(s.Dir), offer.Name, s.Dir)
	if err != nil {
		t.Fatal(err)
	}
	return offer, p
}
