package flow

import (
	"errors"
	"fmt"
	"net/http"

	"hotspot-helper/portal"
)

// The hosts that a pattern takes from the network, not from the file.
const (
	hostStart   = "@start"
	hostGateway = "@gateway"
)

// checkHost says what is wrong with the pattern of a host. A session is the judge
// of it: no second opinion on what a flow may talk to.
func checkHost(pattern string) error {
	_, err := portal.New(portal.Config{Transport: noTransport{}, Hosts: []string{pattern}})
	if err == nil {
		return nil
	}
	if cause := errors.Unwrap(err); cause != nil {
		err = cause
	}
	return fmt.Errorf("%w; want login.example.com, *.example.com, an address, %s or %s, without scheme, port or path",
		err, hostStart, hostGateway)
}

// noTransport is for a session that sends nothing.
type noTransport struct{}

func (noTransport) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errors.ErrUnsupported
}
