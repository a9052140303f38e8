package agent

import (
	"errors"
	"fmt"

	"hotspot-helper/consent"
	"hotspot-helper/portal"
	"hotspot-helper/wifi"
)

// consent looks up what the user agreed to. What cannot be read was not agreed to.
func (a *Agent) consent(helper string, n wifi.Network) consent.Given {
	given, err := a.settings.Consent(helper, n)
	if err != nil {
		a.logger.Warn("consent cannot be read: nothing counts as agreed to", "helper", helper, "error", err)
		return consent.Given{System: given.System}
	}
	return given
}

// inputError is an input that is there and cannot be read, as in a keyring that is locked.
type inputError struct{ err error }

func (e *inputError) Error() string { return e.err.Error() }

func (e *inputError) Unwrap() error { return e.err }

// unsent says what a person can do where a login ends at a redirect that was not followed
// because it would have carried a secret on. Whether that was needed the probe tells.
func (a *Agent) unsent(as *association, session *portal.Session) string {
	if session == nil || session.Page() == nil {
		return ""
	}
	return a.wanted(as, session.Page().Refused)
}

// wanted says what a person has to do before a login can go on that broke off:
// trying again changes nothing until then. It is empty where it broke off for another cause.
func (a *Agent) wanted(as *association, cause error) string {
	if refused, ok := errors.AsType[*portal.SecretError](cause); ok {
		given := a.consent(as.state.helper, as.network)
		return fmt.Sprintf("%v; to have it sent all the same: %s", refused, given.CleartextCommand(as.state.helper, as.network.SSID))
	}
	if unread, ok := errors.AsType[*inputError](cause); ok {
		return unread.Error()
	}
	return ""
}
