// Package replay plays recorded portals to a helper, offline and the same each time,
// and records them from a live run.
package replay

import (
	"errors"
	"net/netip"
	"time"

	"hotspot-helper/wifi"
)

// Case is one recorded conversation with a portal: what the probe met, and what the
// portal answers. The keys of its file are those of the tags.
type Case struct {
	Name string // of the file, without .toml

	Description string            `toml:"description"` // one sentence
	Flow        string            `toml:"flow"`        // authenticate (default), maintain or logoff
	Network     Network           `toml:"network"`     // what was joined
	Link        Link              `toml:"link"`        // the interface
	Portal      string            `toml:"portal"`      // .probe.url; empty: the URL of the last hop
	API         string            `toml:"api"`         // .probe.api: the portal's RFC 8908 API; may be empty
	WISPr       string            `toml:"wispr"`       // the WISPAccessGatewayParam element that was met; may be empty
	Inputs      map[string]string `toml:"inputs"`      // made-up values of what the user provides
	Session     map[string]string `toml:"session"`     // for maintain and logoff: what authenticate captured
	Now         time.Time         `toml:"now"`         // when the flow begins; zero: 2026-01-02T03:04:05Z
	Random      string            `toml:"random"`      // octets that random_hex draws, in hex; behind them zeros
	Hops        []Hop             `toml:"hop"`         // what the probe met, first to last
	Answers     []Answer          `toml:"answer"`      // the portal's, in the order they are expected

	Trace string // the golden trace; empty: none was recorded
}

// Network is what was joined.
type Network struct {
	SSID     string `toml:"ssid"`     // \xNN is an octet; empty: a wire
	BSSID    string `toml:"bssid"`    // of the access point; may be empty
	Security string `toml:"security"` // as claims name it; empty: open
}

// Link is what is known of the interface.
type Link struct {
	Gateway string `toml:"gateway"` // address; may be empty
	Address string `toml:"address"` // address of the client; may be empty
}

// Hop is one answer on the way from the intercepted check to the portal's page.
type Hop struct {
	URL string `toml:"url"` // required
	Response
}

// Answer is one answer of the portal to the flow.
type Answer struct {
	To   string            `toml:"to"`   // required: method and URL of the request
	Form map[string]string `toml:"form"` // fields that must have been sent, beside others
	JSON any               `toml:"json"` // what the sent JSON must have in it
	Response

	method, url string
}

// Response is what was answered.
type Response struct {
	Status int    `toml:"status"` // 0: 200
	Header Header `toml:"header"` // names to values; a lone value may stand without brackets
	Body   string `toml:"body"`   // a file beside the case, with the octets as they were sent
	Text   string `toml:"text"`   // or the body itself
	Error  string `toml:"error"`  // or there was no answer, and this is why

	data []byte // of Body or Text
}

// Header is a response's header.
type Header map[string]Values

// Values are those of one header, in order.
type Values []string

// UnmarshalShorthand takes a lone value for a list of one.
func (v *Values) UnmarshalShorthand(value any) error {
	text, ok := value.(string)
	if !ok {
		return errors.New("want a string, or an array of strings")
	}
	*v = Values{text}
	return nil
}

// network returns what the claims are asked about.
func (n Network) network() (wifi.Network, error) {
	ssid, err := wifi.ParseSSID(n.SSID)
	bss := wifi.BSS{Security: wifi.SecurityOpen}
	if n.Security != "" {
		var bad error
		bss.Security, bad = wifi.ParseSecurity(n.Security)
		err = errors.Join(err, bad)
	}
	if n.BSSID != "" {
		err = errors.Join(err, bss.BSSID.UnmarshalText([]byte(n.BSSID)))
	}
	if n.SSID == "" {
		return wifi.Network{}, err
	}
	return wifi.Network{SSID: ssid, BSSs: []wifi.BSS{bss}}, err
}

// address reads an address that may be empty.
func address(text string) (netip.Addr, error) {
	if text == "" {
		return netip.Addr{}, nil
	}
	return netip.ParseAddr(text)
}
