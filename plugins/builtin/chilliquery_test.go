package builtin

import (
	"net/netip"
	"testing"
)

// To CoovaChilli a "+" in a query is no space.
func TestChilliQuery(t *testing.T) {
	gateway := lead{gateway: netip.MustParseAddrPort("10.1.0.1:3990")}
	for want, query := range map[string][]string{
		"http://10.1.0.1:3990/json/status":                                         nil,
		"http://10.1.0.1:3990/json/logon?username=sp%20ace%2B%26%C3%A9&response=1": {"username", "sp ace+&é", "response", "1"},
	} {
		command := "status"
		if query != nil {
			command = "logon"
		}
		if got := gateway.url(command, query...); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
