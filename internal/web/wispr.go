package web

import "strings"

const (
	wisprRoot    = "WISPAccessGatewayParam" // the element around each message (WISPr 1.0, section 6)
	maxWISPr     = 16                       // messages looked at in one body
	maxQualified = 128                      // bytes of the root's name with its namespace prefix
)

// WISPr is a gateway's message to programs that log in.
type WISPr struct {
	Text     string // as sent, with its tags
	Closed   bool   // it has an end tag; else it was cut off, or its gateway writes none
	Elements []Element
}

// Value returns the texts of the elements of that name, in any case and in the order of the
// message; nil for none.
func (m WISPr) Value(name string) []string {
	return textsOf(m.Elements, name)
}

// FindWISPr returns the WISPr messages in the body of a page, first to last. Gateways write
// them as they like: into a comment of an HTML page or bare, with or without a namespace
// prefix, with any capitals and in any order, without the end tags.
func FindWISPr(body string) []WISPr {
	var messages []WISPr
	for len(messages) < maxWISPr {
		start, content := rootTag(body, false)
		if content < 0 {
			break
		}
		end, next := endOfMessage(body[content:])
		messages = append(messages, WISPr{
			Text:     body[start : content+next],
			Closed:   next > end,
			Elements: Elements(body[content:content+end], func(string) bool { return true }),
		})
		body = body[content+next:]
	}
	return messages
}

// endOfMessage returns where a message's content ends and where what follows it begins. A
// message without end tag ends with the comment around it, else with the body.
func endOfMessage(content string) (end, next int) {
	if start, next := rootTag(content, true); next >= 0 {
		return start, next
	}
	if comment := strings.Index(content, "-->"); comment >= 0 {
		return comment, comment
	}
	return len(content), len(content)
}

// rootTag returns where the next start or end tag of a message is and what follows it, -1 for none.
func rootTag(body string, closing bool) (start, next int) {
	for at := 0; ; at++ {
		bracket := strings.IndexByte(body[at:], '<')
		if bracket < 0 {
			return -1, -1
		}
		at += bracket
		if !isRootTag(body[at+1:], closing) {
			continue
		}
		length := strings.IndexByte(body[at:], '>')
		if length < 0 {
			return -1, -1
		}
		return at, at + length + 1
	}
}

// isRootTag reports whether the root's tag follows a "<".
func isRootTag(tag string, closing bool) bool {
	tag = tag[:min(len(tag), maxQualified)]
	if closing {
		if tag == "" || tag[0] != '/' {
			return false
		}
		tag = tag[1:]
	}
	end := strings.IndexFunc(tag, isNotName)
	if end < 0 || strings.IndexByte(" \t\r\n>", tag[end]) < 0 {
		return false
	}
	name := tag[:end]
	return strings.EqualFold(name[strings.LastIndexByte(name, ':')+1:], wisprRoot)
}
