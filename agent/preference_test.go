package agent

import (
	"testing"

	"hotspot-helper/claims"
	"hotspot-helper/internal/maker"
	"hotspot-helper/plugins"
	"hotspot-helper/wifi"
)

// made is a helper of some maker.
type made struct {
	plugins.Helper

	maker maker.Maker
}

func (made) Name() string { return "cafe" }

func (m made) Maker() maker.Maker { return m.maker }

// What is remembered of a helper, and a pin, are for the helper of one maker. What an earlier
// version remembered is that of the program.
func TestPreferenceIsForOneMaker(t *testing.T) {
	cafe := wifi.Identity{SSID: "Cafe", Security: wifi.SecurityOpen}
	for name, test := range map[string]struct {
		now, noted, pinned maker.Maker
		want               claims.Preference
	}{
		"the same":           {maker.User, maker.User, maker.User, claims.Preference{Pinned: "cafe", LastSuccess: "cafe"}},
		"gone":               {"", maker.User, maker.User, claims.Preference{}},
		"another":            {maker.User, maker.Program, maker.Program, claims.Preference{}},
		"an earlier version": {maker.Program, "", "", claims.Preference{Pinned: "cafe", LastSuccess: "cafe"}},
		"the same name":      {maker.User, "", "", claims.Preference{Pinned: "cafe"}},
	} {
		store, err := OpenStore("", nil)
		if err != nil {
			t.Fatal(err)
		}
		store.note(cafe, outcomeLoggedIn, maker.ID{Helper: "cafe", Maker: test.noted})
		s := Settings{
			Registry: plugins.NewRegistry([]plugins.Entry{{Helper: made{maker: test.now}}}),
			Policy:   func(wifi.Identity) Policy { return Policy{Helper: "cafe", Maker: test.pinned} },
		}
		if got := s.Preference(store, cafe); got != test.want {
			t.Errorf("%s: %+v, want %+v", name, got, test.want)
		}
	}
}
