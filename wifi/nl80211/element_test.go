package nl80211

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/mdlayher/genetlink"
	"github.com/mdlayher/netlink"

	"hotspot-helper/wifi"
)

// rsn is an RSN element with these key management suites.
func rsn(suites ...string) string {
	body := "\x01\x00\x00\x0f\xac\x04\x01\x00\x00\x0f\xac\x04" + string(rune(len(suites))) + "\x00" + strings.Join(suites, "") + "\x00\x00"
	return "\x30" + string(rune(len(body))) + body
}

// ieee is a suite of IEEE 802.11.
func ieee(number byte) string { return "\x00\x0f\xac" + string([]byte{number}) }

func TestReadElements(t *testing.T) {
	const wpa = "\xdd\x16\x00\x50\xf2\x01\x01\x00\x00\x50\xf2\x02\x01\x00\x00\x50\xf2\x02\x01\x00\x00\x50\xf2"
	const transition = "\xdd\x04\x50\x6f\x9a\x1c"
	tests := []struct {
		name       string
		elements   string
		capability uint16
		ssid       wifi.SSID
		security   wifi.Security
	}{
		{"open", "\x00\x04cafe" + rates, 0x401, "cafe", wifi.SecurityOpen},
		{"open beside an OWE twin", "\x00\x04cafe" + rates + transition, 0x401, "cafe", wifi.SecurityOpen},
		{"OWE", "\x00\x04cafe" + rsnOWE, 0x411, "cafe", wifi.SecurityOWE},
		{"WEP", "\x00\x04cafe" + rates, 0x411, "cafe", wifi.SecurityWEP},
		{"WPA2 passphrase", "\x00\x04cafe" + rsnPSK, 0x411, "cafe", wifi.SecurityPersonal},
		{"WPA3 transition", rsn(ieee(2), ieee(8)), 0x411, "", wifi.SecurityPersonal},
		{"SAE with extended key", rsn(ieee(24)), 0x411, "", wifi.SecurityPersonal},
		{"802.1X", rsn(ieee(1)), 0x411, "", wifi.SecurityEnterprise},
		{"192 bit", rsn(ieee(12)), 0x411, "", wifi.SecurityEnterprise},
		{"802.1X and OWE", rsn(ieee(18), ieee(1)), 0x411, "", wifi.SecurityEnterprise},
		{"802.1X or passphrase", rsn(ieee(5), ieee(6)), 0x411, "", wifi.SecurityPersonal},
		{"a suite of a vendor", rsn("\x50\x6f\x9a\x02"), 0x411, "", wifi.SecurityUnknown},
		{"a suite not thought of yet", rsn(ieee(200)), 0x411, "", wifi.SecurityUnknown},
		{"TDLS beside PSK", rsn(ieee(7), ieee(2)), 0x411, "", wifi.SecurityPersonal},
		{"old WPA passphrase", wpa + "\x02", 0x411, "", wifi.SecurityPersonal},
		{"old WPA 802.1X", wpa + "\x01", 0x411, "", wifi.SecurityEnterprise},
		{"RSN before WPA", wpa + "\x02" + rsn(ieee(1)), 0x411, "", wifi.SecurityEnterprise},
		{"RSN of defaults", "\x30\x02\x01\x00", 0x411, "", wifi.SecurityEnterprise},
		{"RSN that ends after its ciphers", "\x30\x0c\x01\x00\x00\x0f\xac\x04\x01\x00\x00\x0f\xac\x04", 0x411, "", wifi.SecurityEnterprise},
		{"RSN without a version", "\x30\x01\x01", 0x411, "", wifi.SecurityUnknown},
		{"RSN that counts too many ciphers", "\x30\x08\x01\x00\x00\x0f\xac\x04\xff\xff", 0x411, "", wifi.SecurityUnknown},
		{"RSN that counts too many suites", "\x30\x0e\x01\x00\x00\x0f\xac\x04\x01\x00\x00\x0f\xac\x04\xff\xff", 0x411, "", wifi.SecurityUnknown},
		{"vendor element that is not WPA", "\xdd\x04\x00\x50\xf2\x02", 0x401, "", wifi.SecurityOpen},
		{"short vendor element", "\xdd\x03\x00\x50\xf2", 0x401, "", wifi.SecurityOpen},
		{"bytes that are not UTF-8", "\x00\x04\xff\x00\x80a", 0x401, "\xff\x00\x80a", wifi.SecurityOpen},
		{"hidden by zeros", hidden, 0x401, "", wifi.SecurityOpen},
		{"hidden by length", "\x00\x00" + rates, 0x401, "", wifi.SecurityOpen},
		{"longest name", "\x00\x20" + strings.Repeat("x", 32), 0x401, wifi.SSID(strings.Repeat("x", 32)), wifi.SecurityOpen},
		{"name too long", "\x00\x21" + strings.Repeat("x", 33), 0x401, "", wifi.SecurityOpen},
		{"second name ignored", "\x00\x01a\x00\x01b", 0x401, "a", wifi.SecurityOpen},
		{"cut short", "\x00\x01a\x30\x14\x01\x00", 0x401, "a", wifi.SecurityOpen},
		{"one byte", "\x00", 0x401, "", wifi.SecurityOpen},
		{"nothing", "", 0x401, "", wifi.SecurityOpen},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			ssid, security := readElements([]byte(test.elements), test.capability)
			if ssid != test.ssid || security != test.security {
				t.Errorf("read %q %v, want %q %v", ssid, security, test.ssid, test.security)
			}
		})
	}
}

func FuzzReadElements(f *testing.F) {
	for _, seed := range []string{rates + rsnPSK, rsnOWE, hidden, "\x00\x04cafe" + rates, rsn(ieee(1), ieee(2))} {
		f.Add([]byte(seed), uint16(0x411))
	}
	f.Fuzz(func(t *testing.T, data []byte, capability uint16) {
		ssid, security := readElements(data, capability)
		if len(ssid) > wifi.MaxSSID {
			t.Errorf("SSID of %d bytes", len(ssid))
		}
		if strings.Contains(security.String(), "(") {
			t.Errorf("security %v has no name", security)
		}
		total := 0
		for _, body := range elements(data) {
			total += 2 + len(body)
		}
		if total > len(data) {
			t.Errorf("elements of %d bytes in %d", total, len(data))
		}
	})
}

// FuzzMessages feeds what is no more than well-meant to each message decoder.
func FuzzMessages(f *testing.F) {
	seed := message(f, connect, func(e *netlink.AttributeEncoder) { serving(lobby).encode(e) })
	f.Add(seed.Data)
	f.Add([]byte{8, 0, 3, 0, 3, 0, 0, 0, 10, 0, 4, 0, 'w', 'l', 'a', 'n', '0', 0, 0, 0, 8, 0, 5, 0, 2, 0, 0, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		if l, ok, err := parseScan(data); err == nil && ok && len(l.SSID) > wifi.MaxSSID {
			t.Errorf("SSID of %d bytes", len(l.SSID))
		}
		if n, err := parseNotice(genetlink.Message{Data: data}); err == nil && (n.index < 0 || len(n.ssid) > wifi.MaxSSID) {
			t.Errorf("index %d, SSID of %d bytes", n.index, len(n.ssid))
		}
		if text := wifi.SSID(data).String(); !utf8.ValidString(text) {
			t.Errorf("SSID prints as %q", text)
		}
	})
}
