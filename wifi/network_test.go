package wifi_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hotspot-helper/wifi"
)

func TestSecurityNames(t *testing.T) {
	names := map[wifi.Security]string{
		wifi.SecurityUnknown:    "unknown",
		wifi.SecurityOpen:       "open",
		wifi.SecurityOWE:        "owe",
		wifi.SecurityWEP:        "wep",
		wifi.SecurityPersonal:   "personal",
		wifi.SecurityEnterprise: "enterprise",
	}
	for security, name := range names {
		if security.String() != name {
			t.Errorf("security %d prints as %s, want %s", uint8(security), security, name)
		}
		if got, err := wifi.ParseSecurity(name); got != security || err != nil {
			t.Errorf("ParseSecurity(%q) = %v, %v; want %v", name, got, err, security)
		}
	}
	if got := wifi.Security(200).String(); got != "unknown(200)" {
		t.Errorf("security 200 prints as %s", got)
	}
	for _, name := range []string{"", "WPA2", "Open", "unknown(200)"} {
		if got, err := wifi.ParseSecurity(name); err == nil {
			t.Errorf("ParseSecurity(%q) = %v, want an error", name, got)
		}
	}
}

func TestEventKindNames(t *testing.T) {
	names := map[wifi.EventKind]string{
		wifi.EventUnknown:      "unknown",
		wifi.EventScanned:      "scanned",
		wifi.EventConnected:    "connected",
		wifi.EventDisconnected: "disconnected",
		wifi.EventRoamed:       "roamed",
		77:                     "unknown(77)",
	}
	for kind, name := range names {
		if kind.String() != name {
			t.Errorf("event %d prints as %s, want %s", uint8(kind), kind, name)
		}
	}
}

// bss returns an access point with this last byte of its address.
func bss(last byte, signal int, security wifi.Security) wifi.BSS {
	return wifi.BSS{BSSID: wifi.BSSID{2, 0, 0, 0, 1, last}, Frequency: 2412, Signal: signal, Security: security}
}

func TestNetworkInJSON(t *testing.T) {
	network := wifi.Network{SSID: "caf\xe9", BSSs: []wifi.BSS{bss(1, -40, wifi.SecurityOWE)}}
	data, err := json.Marshal(network)
	const want = `{"ssid":"caf\\xe9","bsss":[{"bssid":"02:00:00:00:01:01","frequency_mhz":2412,"signal_dbm":-40,"security":"owe"}]}`
	if string(data) != want || err != nil {
		t.Errorf("JSON is %s, %v; want %s", data, err, want)
	}
	var back wifi.Network
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(network, back); diff != "" {
		t.Errorf("JSON reads back (-want +got):\n%s", diff)
	}
	if err := json.Unmarshal([]byte(`{"bsss":[{"security":"wpa9"}]}`), &back); err == nil {
		t.Error("an unknown security is read without an error")
	}
}

func TestStrongestDecides(t *testing.T) {
	n := wifi.Network{BSSs: []wifi.BSS{bss(1, -40, wifi.SecurityOWE), bss(2, -50, wifi.SecurityOpen)}}
	if n.Signal() != -40 || n.Security() != wifi.SecurityOWE {
		t.Errorf("network has %d dBm and is %v, want -40 and owe", n.Signal(), n.Security())
	}
	var wired wifi.Network
	if wired.Signal() != 0 || wired.Security() != wifi.SecurityUnknown {
		t.Errorf("network without access points has %d dBm and is %v", wired.Signal(), wired.Security())
	}
}

func TestSameOffer(t *testing.T) {
	open := wifi.SecurityOpen
	cafe := wifi.Network{SSID: "cafe", BSSs: []wifi.BSS{bss(1, -40, open), bss(2, -50, open)}}
	otherChannel := bss(1, -90, open)
	otherChannel.Frequency = 5180
	tests := []struct {
		name  string
		other wifi.Network
		want  bool
	}{
		{"itself", cafe, true},
		{"other strength and channel", wifi.Network{SSID: "cafe", BSSs: []wifi.BSS{bss(2, -30, open), otherChannel}}, true},
		{"other name", wifi.Network{SSID: "Cafe", BSSs: cafe.BSSs}, false},
		{"one access point less", wifi.Network{SSID: "cafe", BSSs: cafe.BSSs[:1]}, false},
		{"other access point", wifi.Network{SSID: "cafe", BSSs: []wifi.BSS{bss(1, -40, open), bss(3, -50, open)}}, false},
		{"other security", wifi.Network{SSID: "cafe", BSSs: []wifi.BSS{bss(1, -40, open), bss(2, -50, wifi.SecurityOWE)}}, false},
	}
	for _, test := range tests {
		if cafe.SameOffer(test.other) != test.want || test.other.SameOffer(cafe) != test.want {
			t.Errorf("%s: same offer is %t and %t the other way, want %t", test.name, cafe.SameOffer(test.other), test.other.SameOffer(cafe), test.want)
		}
	}
	// Several goroutines compare the same networks, so comparing must not sort them in place.
	reversed := wifi.Network{SSID: "cafe", BSSs: []wifi.BSS{bss(2, -30, open), bss(1, -90, open)}}
	reversed.SameOffer(cafe)
	if reversed.BSSs[0].BSSID != bss(2, 0, open).BSSID {
		t.Error("comparing has reordered the access points")
	}
}

func TestGroup(t *testing.T) {
	open := wifi.SecurityOpen
	tests := []struct {
		name string
		list []wifi.ScanEntry
		want []wifi.Network
	}{
		{"empty", nil, nil},
		{"only hidden ones", []wifi.ScanEntry{{"", bss(1, -40, open)}}, nil},
		{
			"strongest first, in a network and among networks",
			[]wifi.ScanEntry{{"far", bss(1, -80, open)}, {"near", bss(2, -70, open)}, {"", bss(9, -10, open)}, {"near", bss(3, -30, open)}, {"near", bss(4, -50, open)}},
			[]wifi.Network{
				{SSID: "near", BSSs: []wifi.BSS{bss(3, -30, open), bss(4, -50, open), bss(2, -70, open)}},
				{SSID: "far", BSSs: []wifi.BSS{bss(1, -80, open)}},
			},
		},
		{
			"equal signals by address and by the bytes of the name",
			[]wifi.ScanEntry{{"\xff", bss(1, -50, open)}, {"a", bss(3, -50, open)}, {"a", bss(2, -50, open)}, {"A", bss(4, -50, open)}},
			[]wifi.Network{
				{SSID: "A", BSSs: []wifi.BSS{bss(4, -50, open)}},
				{SSID: "a", BSSs: []wifi.BSS{bss(2, -50, open), bss(3, -50, open)}},
				{SSID: "\xff", BSSs: []wifi.BSS{bss(1, -50, open)}},
			},
		},
		{
			"a signal that is not known is the weakest",
			[]wifi.ScanEntry{{"a", bss(1, 0, open)}, {"b", bss(3, 0, open)}, {"b", bss(4, -95, open)}, {"b", bss(2, 0, open)}},
			[]wifi.Network{
				{SSID: "b", BSSs: []wifi.BSS{bss(4, -95, open), bss(2, 0, open), bss(3, 0, open)}},
				{SSID: "a", BSSs: []wifi.BSS{bss(1, 0, open)}},
			},
		},
		{
			"an open network is another one than an encrypted one of its name",
			[]wifi.ScanEntry{{"cafe", bss(1, -60, open)}, {"cafe", bss(2, -40, wifi.SecurityPersonal)}},
			[]wifi.Network{{SSID: "cafe", BSSs: []wifi.BSS{bss(2, -40, wifi.SecurityPersonal)}}, {SSID: "cafe", BSSs: []wifi.BSS{bss(1, -60, open)}}},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, wifi.Group(test.list)); diff != "" {
				t.Errorf("networks (-want +got):\n%s", diff)
			}
		})
	}
}
