package maker_test

import (
	"strings"
	"testing"

	"hotspot-helper/internal/maker"
)

func TestCheck(t *testing.T) {
	key := maker.Maker("RWQ" + strings.Repeat("x", 53))
	for m, want := range map[maker.Maker]bool{
		maker.Program: true, maker.User: true, key: true,
		maker.Live(strings.Repeat("0a", 32)): true, maker.Live("0a"): false, maker.Live(strings.Repeat("x", 64)): false,
		"": false, "somebody": false, key[:55]: false, "RX" + key[2:]: false,
	} {
		if err := (maker.ID{Helper: "cafe", Maker: m}).Check(); (err == nil) != want {
			t.Errorf("%q: %v", m, err)
		}
	}
	if err := (maker.ID{Maker: maker.User}).Check(); err == nil {
		t.Error("an ID without a helper is accepted")
	}
}
