package portal

import "net/netip"

// CheckTarget says whether a portal may be at addr.
func CheckTarget(_, _ netip.Addr) error { panic("stub") }

// HostError says that a session may not talk to a host.
type HostError struct {
	Host   string
	Reason string
}

func (e *HostError) Error() string { return "talk to host " + e.Host + ": " + e.Reason }

// SecretError says that a secret may not be sent to a host.
type SecretError struct {
	Host   string
	Reason string
}

func (e *SecretError) Error() string { return "send secret to " + e.Host + ": " + e.Reason }
