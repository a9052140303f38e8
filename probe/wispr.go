package probe

import "hotspot-helper/internal/web"

// findWISPr returns the first WISPr message of the hops that is complete, preferably one
// that has elements.
func findWISPr(hops []Hop) web.WISPr {
	var empty web.WISPr
	for _, h := range hops {
		for _, message := range web.FindWISPr(h.Body) {
			switch {
			case !message.Closed:
			case len(message.Elements) > 0:
				return message
			case empty.Text == "":
				empty = message
			}
		}
	}
	return empty
}

// loginURL returns the address that a WISPr message names for the login, or "" if it
// cannot be opened.
func loginURL(message web.WISPr) string {
	for _, address := range message.Value("LoginURL") {
		if isHTTP(address) {
			return address
		}
	}
	return ""
}
