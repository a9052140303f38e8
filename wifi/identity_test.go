package wifi_test

import (
	"testing"

	"hotspot-helper/wifi"
)

func TestIdentity(t *testing.T) {
	const mac = "02:00:00:00:00:01"
	for text, test := range map[string]struct {
		identity wifi.Identity
		complete bool
	}{
		"wifi/personal/Cafe":             {wifi.Identity{SSID: "Cafe", Security: wifi.SecurityPersonal}, true},
		"wifi/open/Cafe":                 {wifi.Identity{SSID: "Cafe", Security: wifi.SecurityOpen}, true},
		"wifi/unknown/Cafe":              {wifi.Identity{SSID: "Cafe"}, false},
		"wifi/unknown/":                  {wifi.Identity{}, false},
		`wifi/owe/a/b/\xff\\`:            {wifi.Identity{SSID: "a/b/\xff\\", Security: wifi.SecurityOWE}, true},
		"wire/ether/" + mac:              {wifi.Identity{Wire: "ether", Gateway: mac}, true},
		"wire/ether/" + mac + "/Hotel/5": {wifi.Identity{SSID: "Hotel/5", Wire: "ether", Gateway: mac}, true},
		"wire/ether/unknown":             {wifi.Identity{Wire: "ether"}, false},
		"wire/ether/unknown/Hotel":       {wifi.Identity{SSID: "Hotel", Wire: "ether"}, false},
		"wire/unknown/" + mac:            {wifi.Identity{Wire: "unknown", Gateway: mac}, false},
	} {
		if got := test.identity.String(); got != text {
			t.Errorf("%+v is written as %q, want %q", test.identity, got, text)
		}
		var back wifi.Identity
		if err := back.UnmarshalText([]byte(text)); err != nil || back != test.identity {
			t.Errorf("%q is read as %+v, %v", text, back, err)
		}
		if got := test.identity.Complete(); got != test.complete {
			t.Errorf("%q complete: %v", text, got)
		}
		if got := test.identity.Same(back); got != test.complete {
			t.Errorf("%q is the same as itself: %v", text, got)
		}
	}
	for _, text := range []string{"", "wifi", "wifi/open", "wifi/psk/Cafe", "wire/ether", "wire//" + mac, "wire/ether/1.2.3.4", "ssid:Cafe", "wire:eth0/10.0.0.1", `wifi/open/\x`} {
		if got, err := wifi.ParseIdentity(text); err == nil {
			t.Errorf("%q is read as %+v", text, got)
		}
	}
}

// WPA2, WPA3 and both together are one class; a copy of the name without encryption is
// another network.
func TestIdentityOfNetwork(t *testing.T) {
	known := wifi.Network{SSID: "Cafe", BSSs: []wifi.BSS{{Security: wifi.SecurityPersonal}}}
	copied := wifi.Network{SSID: "Cafe", BSSs: []wifi.BSS{{Security: wifi.SecurityOpen}}}
	unseen := wifi.Network{SSID: "Cafe"}
	if !known.Identity().Same(known.Identity()) || known.Identity().Same(copied.Identity()) ||
		known.Identity().Same(unseen.Identity()) || unseen.Identity().Same(unseen.Identity()) {
		t.Errorf("%s, %s, %s", known.Identity(), copied.Identity(), unseen.Identity())
	}
}
