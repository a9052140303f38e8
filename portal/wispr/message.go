// Package wispr reads and speaks WISPr, the protocol by which programs log in to
// hotspots (WISPr 1.0 and 2.0 of the Wi-Fi Alliance and WBA).
package wispr

import (
	"bytes"
	"strings"
)

// root is the element around each message.
const root = "WISPAccessGatewayParam"

// maxRoots is how many messages without an element are passed over in one body.
const maxRoots = 16

// Message is one WISPr message: its elements by name, with what a gateway wrote into
// them. All of it is hostile.
type Message struct {
	elements []element
}

// Find returns the first message in the body of a page. Gateways write it as they like:
// into a comment of an HTML page or bare, with an XML declaration in the middle, with
// any capitals and in any order, without the end tags, so this is no XML parser.
func Find(body []byte) (Message, bool) {
	rest := body
	for range maxRoots {
		start := indexFold(rest, "<"+root)
		if start < 0 {
			break
		}
		rest = rest[start+1+len(root):]
		end := bytes.IndexByte(rest, '>')
		if end < 0 {
			break
		}
		if strings.IndexByte(" \t\r\n>", rest[0]) < 0 { // a longer name
			continue
		}
		if elements := scan(content(rest[end+1:]), anyName); len(elements) > 0 {
			return Message{elements: elements}, true
		}
	}
	return Message{}, false
}

// content cuts a text where the message in front of it ends.
func content(text []byte) []byte {
	if end := indexFold(text, "</"+root); end >= 0 {
		return text[:end]
	}
	before, _, _ := bytes.Cut(text, []byte("-->")) // the comment around it ends
	return before
}

// Value returns the texts of the elements of that name, whatever its capitals, in the
// order of the message; nil where there are none. A text is as it was meant: white space
// around it is cut, entities and CDATA are resolved.
func (m Message) Value(name string) []string {
	var values []string
	for _, e := range m.elements {
		if strings.EqualFold(e.name, name) {
			values = append(values, e.text)
		}
	}
	return values
}

// Elements returns the texts of the elements of that name in a body that is XML, or
// nearly, as [Message.Value] does. Elements in a comment count.
func Elements(body []byte, name string) []string {
	var values []string
	for _, e := range scan(body, func(found string) bool { return strings.EqualFold(found, name) }) {
		values = append(values, e.text)
	}
	return values
}

// indexFold is bytes.Index for an ASCII text, whatever its capitals. It begins with a
// byte that has none.
func indexFold(text []byte, ascii string) int {
	for at := 0; ; at++ {
		next := bytes.IndexByte(text[at:], ascii[0])
		if next < 0 {
			return -1
		}
		at += next
		if len(text)-at >= len(ascii) && strings.EqualFold(string(text[at:at+len(ascii)]), ascii) {
			return at
		}
	}
}
