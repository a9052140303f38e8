package wifi_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"hotspot-helper/wifi"
)

func TestSSIDString(t *testing.T) {
	tests := []struct {
		ssid wifi.SSID
		text string
	}{
		{"", ""},
		{"Hotel Lobby", "Hotel Lobby"},
		{"café ☕", "café ☕"},
		{`a\b`, `a\\b`},
		{`\x41`, `\\x41`},
		{"caf\xe9", `caf\xe9`},
		{"\x00\x1b[2J", `\x00\x1b[2J`},
		{"line\nbreak", `line\x0abreak`},
		{"\u202eevil", `\xe2\x80\xaeevil`}, // right-to-left override
		{"\u00a0", `\xc2\xa0`},             // no-break space
		{"\ufffd", "\ufffd"},               // the replacement character itself, which is valid
		{"\xff\\", `\xff\\`},
	}
	for _, test := range tests {
		if got := test.ssid.String(); got != test.text {
			t.Errorf("SSID %x prints as %s, want %s", string(test.ssid), got, test.text)
		}
		if got, err := wifi.ParseSSID(test.text); got != test.ssid || err != nil {
			t.Errorf("ParseSSID(%s) = %x, %v; want %x", test.text, string(got), err, string(test.ssid))
		}
	}
}

func TestParseSSID(t *testing.T) {
	tests := []struct {
		text, err string
		want      wifi.SSID
	}{
		{text: `\x41\x42`, want: "AB"},
		{text: `\xE9`, want: "\xe9"},
		{text: strings.Repeat("x", 32), want: wifi.SSID(strings.Repeat("x", 32))},
		{text: strings.Repeat(`\xff`, 32), want: wifi.SSID(strings.Repeat("\xff", 32))},
		{text: strings.Repeat("x", 33), err: "33 bytes, at most 32"},
		{text: strings.Repeat("é", 17), err: "34 bytes, at most 32"},
		{text: `\`, err: `a backslash starts \\ or \xNN`},
		{text: `a\n`, err: `a backslash starts \\ or \xNN`},
		{text: `\x4`, err: `a backslash starts \\ or \xNN`},
		{text: `\xg0`, err: `\x needs two hexadecimal digits`},
		{text: `\x+1`, err: `\x needs two hexadecimal digits`},
	}
	for _, test := range tests {
		got, err := wifi.ParseSSID(test.text)
		if got != test.want || !failed(err, test.err) {
			t.Errorf("ParseSSID(%q) = %q, %v; want %q, error %q", test.text, string(got), err, string(test.want), test.err)
		}
	}
}

// failed reports whether the error is as wanted: nil for "", else one that contains the text.
func failed(err error, want string) bool {
	if want == "" {
		return err == nil
	}
	return err != nil && strings.Contains(err.Error(), want)
}

// As a value only: encoding/json does not call MarshalText for a map key of a string
// kind, and so alters bytes that are not valid UTF-8.
func TestSSIDInJSON(t *testing.T) {
	names := []wifi.SSID{"caf\xe9", "\x00\\"}
	data, err := json.Marshal(names)
	if err != nil {
		t.Fatal(err)
	}
	const want = `["caf\\xe9","\\x00\\\\"]`
	if string(data) != want {
		t.Errorf("JSON is %s, want %s", data, want)
	}
	var back []wifi.SSID
	if err := json.Unmarshal(data, &back); err != nil || !slices.Equal(back, names) {
		t.Errorf("JSON reads back as %q, %v", back, err)
	}
	if err := json.Unmarshal([]byte(`["\\z"]`), &back); err == nil {
		t.Error("a wrong escape is read without an error")
	}
}

// FuzzParseSSID checks that what parses prints as something that parses to the
// same, and that the printed form of any bytes is safe to print and parses to them.
func FuzzParseSSID(f *testing.F) {
	for _, seed := range []string{"", "cafe", `a\\b`, `\xe9`, "caf\xe9", "\u202e", `\x`, "\xf0\x9f", strings.Repeat("é", 16)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if ssid, err := wifi.ParseSSID(text); err == nil {
			if len(ssid) > wifi.MaxSSID {
				t.Errorf("ParseSSID(%q) has %d bytes", text, len(ssid))
			}
			roundTrip(t, ssid)
		}
		if len(text) <= wifi.MaxSSID {
			roundTrip(t, wifi.SSID(text))
		}
	})
}

func roundTrip(t *testing.T, ssid wifi.SSID) {
	t.Helper()
	text := ssid.String()
	if back, err := wifi.ParseSSID(text); back != ssid || err != nil {
		t.Errorf("%x prints as %q, which parses to %x, %v", string(ssid), text, string(back), err)
	}
	if !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
		t.Errorf("%x prints as %q, which is not safe to print", string(ssid), text)
	}
}
