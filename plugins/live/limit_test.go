package live_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"hotspot-helper/claims"
	"hotspot-helper/internal/confine/confinetest"
	"hotspot-helper/internal/file/filetest"
	"hotspot-helper/internal/maker"
	"hotspot-helper/plugins/live"
	"hotspot-helper/wifi"
)

// TestLimit limits each start of a helper, by what its registration says, and tells what the limit does not hold for.
func TestLimit(t *testing.T) {
	filetest.NeedsPrograms(t, "/usr/bin/python3")
	confinetest.Needs(t)
	dir := t.TempDir()
	const network = "[[network]]\nconfidence = \"high\"\nssid = [\"*\"]\n"
	write(t, dir, "usual", "", network)
	write(t, dir, "large", "", "memory = 512\n"+network)
	var mu sync.Mutex
	var limited []string
	limit := func(ctx context.Context, helper string, pid int, memory int64) error {
		if _, bounded := ctx.Deadline(); !bounded {
			t.Error("may take as long as it likes")
		}
		if _, err := os.Stat(fmt.Sprintf("/proc/%d", pid)); err != nil {
			t.Error(err)
		}
		mu.Lock()
		defer mu.Unlock()
		limited = append(limited, fmt.Sprintf("%s %d", helper, memory>>20))
		if helper == "large" {
			return errors.New("there is no systemd")
		}
		return nil
	}
	helpers, err := live.Load(t.Context(), []live.Place{{Dir: dir, Maker: func(c live.Candidate) (maker.Maker, error) { return c.Program, nil }}}, live.NewCapacity(), limit)
	if err != nil || len(helpers) != 2 {
		t.Fatal(helpers, err)
	}
	for _, helper := range helpers {
		if err := helper.ClaimOnce(t.Context(), claims.NewFacts(wifi.Network{SSID: "Guest"}, nil)); err != nil {
			t.Error(err)
		}
	}
	if _, err := live.LoadFile(t.Context(), filepath.Join(dir, "usual.toml"), limit); err != nil {
		t.Error(err)
	}
	slices.Sort(limited)
	if want := "large 512, large 512, usual 64, usual 64, usual 64"; strings.Join(limited, ", ") != want {
		t.Errorf("limited: %v, want %s", limited, want)
	}
	for _, helper := range helpers {
		missing := helper.Missing()
		if helper.Name() == "usual" && len(missing) > 0 ||
			helper.Name() == "large" && (len(missing) != 1 || missing[0].Guarantee != live.MemoryTogether || missing[0].Cause.Error() != "there is no systemd") {
			t.Errorf("%s: missing %v", helper.Name(), missing)
		}
	}
}
