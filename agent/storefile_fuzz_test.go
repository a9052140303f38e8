package agent

import (
	"testing"

	"hotspot-helper/internal/maker"
)

// FuzzParseStore checks that a memory that is accepted can be used and written again.
func FuzzParseStore(f *testing.F) {
	f.Add([]byte(`{"version":1,"networks":{"ssid:Cafe":{"outcome":"logged-in","helper":"cafe","refused":["x"],"time":"2026-01-02T03:04:05Z"}}}`))
	f.Add([]byte(`{"version":1,"networks":null,"refusals":[{}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		read, err := parseStore(data)
		if err != nil {
			return
		}
		s := &Store{contents: read, dirty: make(chan struct{}, 1)}
		n := network("Cafe")
		s.note(n, outcomeDenied, maker.ID{Helper: "cafe", Maker: maker.User})
		s.clearLogoff(n)
		s.noteLogoff(n, "wlan0")
		s.noteJoin(network("Hall"), "wlan0")
		written, err := s.encode()
		if err != nil {
			t.Fatal(err)
		}
		if again, err := parseStore(written); err != nil || len(again.networks) != len(s.networks) {
			t.Errorf("%s becomes %s: %v", data, written, err)
		}
	})
}
