package portaltest

import (
	"net/http"
	"strconv"
	"strings"
)

// element is one element of a WISPr message: a name, and its text as it is sent.
type element struct{ name, text string }

// wisprMessage writes a message as gateways do: in an HTML comment, with the XML declaration
// in the middle of the document, and unescaped.
func wisprMessage(kind string, messageType, code int, more ...element) string {
	lines := append([]element{{"MessageType", strconv.Itoa(messageType)}, {"ResponseCode", strconv.Itoa(code)}}, more...)
	var b strings.Builder
	b.WriteString("<!--\n<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<WISPAccessGatewayParam" +
		" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">\n<" + kind + ">\n")
	for _, line := range lines {
		b.WriteString("<" + line.name + ">" + line.text + "</" + line.name + ">\n")
	}
	b.WriteString("</" + kind + ">\n</WISPAccessGatewayParam>\n-->\n")
	return b.String()
}

// redirectWith is a redirect with a message in its body, which browsers do not show.
func redirectWith(location, message, detail string) reply {
	a := redirect(http.StatusFound, location, detail)
	a.header.Set("Content-Type", "text/html")
	a.body = "<HTML><BODY><H2>Browser error!</H2>Browser does not support redirects!</BODY>\n" + message + "</HTML>\n"
	return a
}
