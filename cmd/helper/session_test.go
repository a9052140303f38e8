package main

import (
	"testing"

	"hotspot-helper/probe"
)

func TestDescribeSession(t *testing.T) {
	seconds, bytes := 3725.9, 1.25e9
	tests := []struct {
		api  probe.CAPPORT
		want string
	}{
		{probe.CAPPORT{}, ""},
		{probe.CAPPORT{SecondsRemaining: &seconds}, "according to the portal 1h2m5s left"},
		{probe.CAPPORT{SecondsRemaining: &seconds, BytesRemaining: &bytes, CanExtendSession: true}, "according to the portal 1h2m5s left, 1.25 GB left, can be extended"},
	}
	for _, test := range tests {
		if got := describeSession(test.api); got != test.want {
			t.Errorf("session is %q, want %q", got, test.want)
		}
	}
	for bytes, want := range map[float64]string{0: "0 B", 999: "999 B", 1000: "1 kB", 2.5e15: "2.5e+03 TB"} {
		if got := size(bytes); got != want {
			t.Errorf("%g bytes are %q, want %q", bytes, got, want)
		}
	}
}
