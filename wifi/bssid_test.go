package wifi_test

import (
	"encoding/json"
	"net"
	"testing"

	"hotspot-helper/wifi"
)

func TestParseBSSID(t *testing.T) {
	want := wifi.BSSID{0x02, 0, 0, 0, 0x01, 0xab}
	for _, text := range []string{"02:00:00:00:01:ab", "02-00-00-00-01-AB", "0200.0000.01ab"} {
		if got, err := wifi.ParseBSSID(text); got != want || err != nil {
			t.Errorf("ParseBSSID(%q) = %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "02:00:00:00:01", "02:00:00:00:01:02:03:04", "cafe", "02:00:00:00:01:zz"} {
		if got, err := wifi.ParseBSSID(text); err == nil {
			t.Errorf("ParseBSSID(%q) = %v, want an error", text, got)
		}
	}
}

func TestBSSIDInJSON(t *testing.T) {
	data, err := json.Marshal(wifi.BSSID{2, 0, 0, 0, 1, 0xab})
	if string(data) != `"02:00:00:00:01:ab"` || err != nil {
		t.Errorf("JSON is %s, %v", data, err)
	}
	var back wifi.BSSID
	if err := json.Unmarshal(data, &back); err != nil || back != (wifi.BSSID{2, 0, 0, 0, 1, 0xab}) {
		t.Errorf("JSON reads back as %v, %v", back, err)
	}
	if err := json.Unmarshal([]byte(`"02"`), &back); err == nil {
		t.Error("a short address is read without an error")
	}
}

func TestBSSIDPrefix(t *testing.T) {
	tests := []struct {
		text, printed string
	}{
		{"02:00:5e", "02:00:5e"},
		{"02-00-5E", "02:00:5e"},
		{"02", "02"},
		{"02:00:5e:00:01:10", "02:00:5e:00:01:10"},
		{"02:00:5f", "02:00:5f"},
		{"00:5e", "00:5e"},
	}
	for _, test := range tests {
		prefix, err := wifi.ParseBSSIDPrefix(test.text)
		if err != nil {
			t.Errorf("ParseBSSIDPrefix(%q): %v", test.text, err)
		}
		if printed := net.HardwareAddr(prefix).String(); printed != test.printed {
			t.Errorf("prefix %q is %s, want %s", test.text, printed, test.printed)
		}
	}
	for _, text := range []string{"", "2", "02:", ":02", "02:00:5e:00:01:10:11", "zz", "020:05e", "0200"} {
		if prefix, err := wifi.ParseBSSIDPrefix(text); err == nil {
			t.Errorf("ParseBSSIDPrefix(%q) = %x, want an error", text, prefix)
		}
	}
}

func FuzzParseBSSIDPrefix(f *testing.F) {
	for _, seed := range []string{"02:00:5e", "02-00", "0", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		prefix, err := wifi.ParseBSSIDPrefix(text)
		if err != nil {
			return
		}
		printed := net.HardwareAddr(prefix).String()
		if back, err := wifi.ParseBSSIDPrefix(printed); back != prefix || err != nil {
			t.Errorf("%q is %s, which parses to %x, %v", text, printed, back, err)
		}
	})
}
