// Package wispr reads and speaks WISPr, the protocol by which programs log in to
// hotspots (WISPr 1.0 and 2.0 of the Wi-Fi Alliance and WBA).
package wispr

import "hotspot-helper/internal/web"

// Message is one WISPr message. All of its content is hostile.
type Message struct{ web.WISPr }

// Find returns the first message in the body of a page that has elements.
func Find(body string) (Message, bool) {
	for _, message := range web.FindWISPr(body) {
		if len(message.Elements) > 0 {
			return Message{message}, true
		}
	}
	return Message{}, false
}
