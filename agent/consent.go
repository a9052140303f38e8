package agent

import (
	"hotspot-helper/consent"
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
