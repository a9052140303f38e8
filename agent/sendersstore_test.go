package agent

import (
	"fmt"
	"slices"
	"testing"

	"hotspot-helper/wifi"
)

// A network whose gateway was not known yet when a secret was sent is the one that it is known as later.
func TestSendersOfAWire(t *testing.T) {
	s, err := OpenStore("", nil)
	if err != nil {
		t.Fatal(err)
	}
	unknown := wifi.Identity{Wire: "ether"}
	known := wifi.Identity{Wire: "ether", Gateway: "02:00:00:00:00:01"}
	s.noteSender(unknown, "early")
	s.noteSender(known, "late")
	if got := s.senders(known); !slices.Equal(got, []string{"early", "late"}) {
		t.Errorf("senders %q", got)
	}
	if got := s.senders(wifi.Identity{Wire: "ether", Gateway: "02:00:00:00:00:02"}); !slices.Equal(got, []string{"early"}) {
		t.Errorf("of another gateway: %q", got)
	}
}

func TestSendersAreBounded(t *testing.T) {
	s, err := OpenStore("", nil)
	if err != nil {
		t.Fatal(err)
	}
	n := wifi.Identity{SSID: "Cafe", Security: wifi.SecurityOpen}
	s.noteSender(n, "kept")
	for i := range 3 * maxSenders {
		s.noteSender(n, fmt.Sprintf("helper %d", i))
		s.noteSender(n, "kept")
	}
	if got := s.senders(n); len(got) != maxSenders || !slices.Contains(got, "kept") {
		t.Errorf("%d senders: %q", len(got), got)
	}
}
