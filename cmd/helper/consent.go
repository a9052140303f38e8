package main

import (
	"path/filepath"

	"hotspot-helper/configs"
	"hotspot-helper/consent"
	"hotspot-helper/wifi"
)

// consents is the file of what the user agreed to.
func (a *app) consents() consent.Book {
	book := consent.Book{System: a.system}
	if state := configs.State(a.getenv, a.system); state != "" {
		book.File = filepath.Join(state, "consents.json")
	}
	return book
}

// consentOf looks consent up at each use, so that what the user says counts at once.
func (a *app) consentOf(helper string, n wifi.Network) (consent.Given, error) {
	return a.consents().Given(helper, n.SSID)
}
