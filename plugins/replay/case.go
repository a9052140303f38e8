// Package replay plays recorded portals to a helper, offline and the same each time,
// and records them from a live run.
package replay

import (
	"errors"
	"net/netip"
	"time"

	"hotspot-helper/wifi"
)

// Case is a recorded conversation with a portal: the responses that the probe received, and the
// portal's answers to a flow. The tags are the keys of its file.
type Case struct {
	Name string // of the file, without .toml

	Description string            `toml:"description"` // one sentence
	Flow        string            `toml:"flow"`        // authenticate (default), maintain or logoff
	Network     Network           `toml:"network"`     // the joined network
	Link        Link              `toml:"link"`        // the interface
	Portal      string            `toml:"portal"`      // .probe.url; empty: the URL of the last hop
	API         string            `toml:"api"`         // .probe.api: the portal's RFC 8908 API; may be empty
	WISPr       string            `toml:"wispr"`       // the WISPAccessGatewayParam element that the probe met; may be empty
	Inputs      map[string]string `toml:"inputs"`      // made-up values of the inputs
	Session     map[string]string `toml:"session"`     // for maintain and logoff: the captures of authenticate
	Now         time.Time         `toml:"now"`         // start of the flow; zero: 2026-01-02T03:04:05Z
	Random      string            `toml:"random"`      // bytes that random_hex draws, in hex; then zeros
	Hops        []Hop             `toml:"hop"`         // responses that the probe met, first to last
	Answers     []Answer          `toml:"answer"`      // of the portal, in the expected order

	Trace string // the golden trace; empty: none
}

// Network is the joined network.
type Network struct {
	SSID     string `toml:"ssid"`     // \xNN is a byte; empty: a wired network
	BSSID    string `toml:"bssid"`    // of the access point; may be empty
	Security string `toml:"security"` // as in claims; empty: open
}

// Link describes the interface.
type Link struct {
	Gateway string `toml:"gateway"` // address; may be empty
	Address string `toml:"address"` // address of the client; may be empty
}

// Hop is a response on the way from the intercepted check to the portal's page.
type Hop struct {
	URL string `toml:"url"` // required
	Response
}

// Answer is a response of the portal to a request of the flow.
type Answer struct {
	To   string            `toml:"to"`   // required: method and URL of the request
	Form map[string]string `toml:"form"` // fields that the request must have, among others
	JSON any               `toml:"json"` // what the JSON of the request must contain
	Took int               `toml:"took"` // seconds until the answer, by which the clock of the case moves on
	Sent map[string]string `toml:"sent"` // headers that the request must have, among others
	Response

	method, url string
}

// Response is a recorded response.
type Response struct {
	Status int    `toml:"status"` // 0: 200
	Header Header `toml:"header"` // names to values; a single value needs no brackets
	Body   string `toml:"body"`   // a file beside the case with the bytes as sent
	Text   string `toml:"text"`   // or the body itself
	Error  string `toml:"error"`  // or why there was no response

	data []byte // of Body or Text
}

// Header is the header of a response.
type Header map[string]Values

// Values are the values of one header, in order.
type Values []string

// UnmarshalShorthand accepts a single value as a list.
func (v *Values) UnmarshalShorthand(value any) error {
	text, ok := value.(string)
	if !ok {
		return errors.New("want a string, or an array of strings")
	}
	*v = Values{text}
	return nil
}

// network returns the network for claims.
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

// address parses an address that may be empty.
func address(text string) (netip.Addr, error) {
	if text == "" {
		return netip.Addr{}, nil
	}
	return netip.ParseAddr(text)
}
