package agent_test

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"hotspot-helper/plugins"
	"hotspot-helper/plugins/builtin"
	"hotspot-helper/wifi"
)

// Access points that call themselves something else in every scan take no memory for good, and the loop answers.
func TestManyScans(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // not in parallel, for it measures memory
		s := newStage(t, plugins.Entry{Helper: builtin.ClickThrough{}})
		s.start()
		defer s.stop()
		const size = 1000
		scan := func(number int) {
			networks := make([]wifi.Network, size)
			for i := range networks {
				networks[i] = openNetwork(wifi.SSID(fmt.Sprintf("%d of %d", i, number)))
			}
			s.radio.Scan("wlan0", networks...)
			synctest.Wait()
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			if err := s.agent.Ping(ctx); err != nil {
				t.Fatalf("scan %d: the loop does not answer: %v", number, err)
			}
		}
		used := func() uint64 {
			var stats runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&stats)
			return stats.HeapAlloc
		}
		for i := range 20 {
			scan(i)
		}
		before := used()
		for i := range 200 {
			scan(1000 + i)
		}
		if n := len(s.agent.Networks()); n != size {
			t.Errorf("%d networks are shown, want those of the last scan, %d", n, size)
		}
		// The networks of 200 scans would be about 100 MB.
		if after := used(); after > before+20<<20 {
			t.Errorf("%d MB before, %d MB after", before>>20, after>>20)
		}
	})
}
