package record

import (
	"cmp"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"hotspot-helper/portal"
)

// maxInputs is how many inputs a flow may have.
const maxInputs = 20

// ask returns the template of an input for a value in a body. A value beyond the limit of
// inputs is left out.
func (d *drafter) ask(s *step, in input) string {
	known := slices.ContainsFunc(d.inputs, func(known *input) bool { return known.value == in.value && known.secret == in.secret })
	if !known && len(d.inputs) >= maxInputs {
		d.doubt(s, "it sent more values than a flow may have inputs: that of %s is left out", in.prompt)
		return "removed"
	}
	return d.addInput(in).template()
}

// typedInURL returns the template of a value in a URL that was typed, "" if it was not. A URL
// takes no secret, because servers log it.
func (d *drafter) typedInURL(a *action, f field) string {
	if read := d.plainInput(f.value); read != "" {
		return read
	}
	if !d.mayBeTyped(a, f) {
		return ""
	}
	if len(d.inputs) >= maxInputs {
		d.doubt(d.steps[len(d.steps)-1], "the URL has more values than a flow may have inputs: those beyond are left out")
		return "removed"
	}
	in := input{name: identifier(f.name, "typed"), prompt: cmp.Or(strings.TrimSpace(f.name), "Value"), value: f.value, comment: "unsure: perhaps this was typed."}
	c := d.control(a, f.name)
	switch {
	case mentionsSecrets(f.name), c != nil && c.Type == "password":
		in.comment = "unsure: it seems to be a secret, but the portal takes it in a URL, where it cannot be one."
	case mentionsPeople(f.name), c != nil && isTyped(*c):
		in.comment = "unsure: by its name, this was typed."
	}
	return urlTemplate(d.addInput(in))
}

// typedSegment returns the template of a part of a URL without a name that no response
// explains, "" if it is a word.
func (d *drafter) typedSegment(segment string) string {
	value := unescape(segment)
	if read := d.plainInput(value); read != "" {
		return read
	}
	if !isToken(value) || d.wasSeen(value) || len(d.inputs) >= maxInputs {
		return ""
	}
	return urlTemplate(d.addInput(input{name: "path", prompt: "Part of the address", value: value, comment: "unsure: perhaps this was typed."}))
}

// plainInput returns the template of an input that has the value and is no secret.
func (d *drafter) plainInput(value string) string {
	i := slices.IndexFunc(d.inputs, func(in *input) bool { return in.value == value && value != "" && !in.secret })
	if i < 0 {
		return ""
	}
	return urlTemplate(d.inputs[i])
}

func urlTemplate(in *input) string { return "{{.input." + in.name + " | urlencode}}" }

// mayBeTyped reports whether the value of a field may have been typed: no response explains
// it, and it is neither a flag nor a word of protocols.
func (d *drafter) mayBeTyped(a *action, f field) bool {
	c := d.control(a, f.name)
	switch {
	case c != nil && c.Type == "password":
		return true
	case len(f.value) < 2, d.isKnownURL(f.value), isClock(f), isProtocolWord(f.value):
		return false
	case c != nil && isTyped(*c), mentionsPeople(f.name):
		return true
	}
	return !d.wasSeen(f.value)
}

// isClock reports whether a field keeps browsers from using their cache.
func isClock(f field) bool {
	names := []string{"_", "t", "ts", "time", "timestamp", "now", "cb", "callback", "rnd", "rand", "random", "nocache"}
	return slices.Contains(names, strings.ToLower(f.name)) && strings.Trim(f.value, "0123456789.") == ""
}

// isProtocolWord reports whether a value is a word that programs use.
func isProtocolWord(value string) bool {
	return slices.Contains([]string{
		"true", "false", "yes", "no", "on", "off", "ok", "null", "undefined", "login", "logon", "log in", "logout", "auth", "authenticate",
		"submit", "accept", "agree", "connect", "register", "check", "status", "get", "set", "start", "json", "jsonp", "xml", "html",
	}, strings.ToLower(value))
}

// isKnownURL reports whether a value is a URL of an earlier response.
func (d *drafter) isKnownURL(value string) bool {
	return strings.Contains(value, "://") && (d.wasSeen(value) || d.wasSeen(url.QueryEscape(value)))
}

// wasSeen reports whether an earlier response or its URL contains the value as a word.
func (d *drafter) wasSeen(value string) bool {
	word := regexp.MustCompile(`(?:^|[^\pL\pN])` + regexp.QuoteMeta(strings.ToValidUTF8(value, "\ufffd")) + `(?:[^\pL\pN]|$)`)
	return slices.ContainsFunc(d.texts, word.MatchString)
}

// textsOf returns the body and the URL of a page, as they are and without escapes.
func textsOf(page *portal.Page) []string {
	address := page.URL.String()
	plain := strings.ReplaceAll(html.UnescapeString(page.Body), `\/`, "/")
	return slices.Compact([]string{page.Body, plain, address, unescape(address)})
}
