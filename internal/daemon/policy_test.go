package daemon

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hotspot-helper/agent"
	"hotspot-helper/configs"
	"hotspot-helper/internal/maker"
	"hotspot-helper/plugins/trust"
	"hotspot-helper/wifi"
)

// A table of the configuration is for the networks with the identity that it names. One that
// names more than the SSID counts before one that does not.
func TestPolicyOf(t *testing.T) {
	const mac, other = "02:00:00:00:00:01", "02:00:00:00:00:02"
	config, err := configs.Parse("f", []byte(`
[[network]]
ssid = "Cafe"
login = false
[[network]]
ssid = "Cafe"
security = "personal"
helper = "opennds"
[[network]]
gateway = "02-00-00-00-00-01"
helper = "mikrotik"
`), func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	policy, err := policyOf(config, func(string) maker.Maker { return maker.Program })
	if err != nil {
		t.Fatal(err)
	}
	for n, want := range map[wifi.Identity]agent.Policy{
		{SSID: "Cafe", Security: wifi.SecurityPersonal}: {Helper: "opennds", Maker: maker.Program, Identified: true},
		{SSID: "Cafe", Security: wifi.SecurityOpen}:     {NoLogin: true},
		{SSID: "Cafe"}: {NoLogin: true},
		{SSID: "Bar", Security: wifi.SecurityPersonal}:     {},
		{Wire: "ether", Gateway: mac}:                      {Helper: "mikrotik", Maker: maker.Program, Identified: true},
		{SSID: "Hotel", Wire: "ether", Gateway: mac}:       {Helper: "mikrotik", Maker: maker.Program, Identified: true},
		{Wire: "ether", Gateway: other}:                    {},
		{Wire: "ether"}:                                    {},
		{SSID: "Cafe", Wire: "cellular", Gateway: "02::1"}: {NoLogin: true},
	} {
		if got := policy(n); got != want {
			t.Errorf("%s: %+v, want %+v", n, got, want)
		}
	}
}

func TestPolicyMistakes(t *testing.T) {
	for text, want := range map[string]string{
		"ssid = 'a'\nsecurity = 'psk'":                                              "f:3: network 1, security: parse security",
		"ssid = 'a'\nsecurity = 'unknown'":                                          `f:3: network 1, security: security "unknown" matches nothing`,
		"ssid = 'a'\ngateway = '10.0.0.1'":                                          "f:3: network 1, gateway: address 10.0.0.1",
		"gateway = '02:00:00:00:00:01'\n[[network]]\ngateway = '02-00-00-00-00-01'": "there twice",
	} {
		config, err := configs.Parse("f", []byte("[[network]]\n"+text), func(string) string { return "" })
		if err != nil {
			t.Fatal(err)
		}
		if _, err := policyOf(config, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

// A pin means the helper of the maker who had the name when the pin was read first, or whom the
// configuration names. A pack of another maker that takes the name does not get it.
func TestAPinIsOfOneMaker(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	packs := filepath.Join(e.DataDir(), "packs")
	file := filepath.Join(e.ConfigDir(), "helper.toml")
	const pin = "[[network]]\nssid = 'Cafe'\nhelper = 'cafe'\n"
	configure := func(text string) {
		t.Helper()
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o700), os.WriteFile(file, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	pinned := func() string {
		t.Helper()
		r, err := e.Open(t.Context(), nopLogger())
		if err != nil {
			t.Fatal(err)
		}
		return r.Settings.Preference(r.Store, wifi.Identity{SSID: "Cafe", Security: wifi.SecurityOpen}).Pinned
	}
	if err := os.CopyFS(packs, foreignPack("cafe", "1.0.0")); err != nil {
		t.Fatal(err)
	}
	configure(pin)
	if got := pinned(); got != "cafe" {
		t.Errorf("pinned is %q", got)
	}
	installed, err := (trust.Place{Dir: packs, Keys: filepath.Join(e.DataDir(), keysFile)}).Install(signed(t, foreignPack("cafe", "2.0.0"), "cafe"))
	if err != nil {
		t.Fatal(err)
	}
	if got := pinned(); got != "" {
		t.Errorf("pinned is %q of another maker", got)
	}
	configure("[helper.cafe]\nmaker = '" + string(installed.Maker) + "'\n" + pin)
	if got := pinned(); got != "cafe" {
		t.Errorf("pinned is %q, and the configuration names its maker", got)
	}
}
