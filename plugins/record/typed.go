package record

import (
	"cmp"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// maxInputs is how many inputs a flow may have.
const maxInputs = 20

// ask returns the template of an input for a value in a body. A value beyond the limit of
// inputs is left out.
func (d *drafter) ask(s *step, in input) string {
	known := slices.ContainsFunc(d.inputs, func(known *input) bool { return known.value == in.value && known.secret == in.secret })
	if !known && len(d.inputs) >= maxInputs {
		d.doubt(s, "it sent more values than a flow may have inputs: that of %s is left out", in.prompt)
		d.unexplain("more values than a login may have")
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
		d.unexplain("more values than a login may have")
		return "removed"
	}
	in := input{name: identifier(f.name, "typed"), prompt: cmp.Or(strings.TrimSpace(f.name), "Value"), value: f.value, comment: "unsure: perhaps this was typed.", unexplained: true}
	c, known := d.control(a, f.name), d.typedInto(f)
	switch {
	case known != nil:
		in = d.knownInput(known, f, labelOfControl(c))
		in.secret = false // servers log it
	case mentionsSecrets(f.name), c != nil && c.Type == "password":
		in.comment, in.unexplained = "unsure: it seems to be a secret, but the portal takes it in a URL, where it cannot be one.", false
	case mentionsPeople(f.name), c != nil && isTyped(*c):
		in.comment, in.unexplained = "unsure: by its name, this was typed.", false
	}
	return urlTemplate(d.addInput(in))
}

// typedSegment returns the template of a part of a URL without a name, "" if it was not typed.
func (d *drafter) typedSegment(segment string) string {
	value := unescape(segment)
	if read := d.plainInput(value); read != "" {
		return read
	}
	if !d.isTypedSegment(value) {
		return ""
	}
	ending := ""
	if dot := strings.LastIndexByte(value, '.'); dot > 0 && isPathWord(value[dot+1:]) {
		value, ending = value[:dot], value[dot:]
	}
	if len(d.inputs) >= maxInputs {
		d.doubt(d.steps[len(d.steps)-1], "the URL has more values than a flow may have inputs: those beyond are left out")
		d.unexplain("more values than a login may have")
		return "removed" + ending
	}
	in := input{name: "path", prompt: "Part of the address", value: value, comment: "unsure: perhaps this was typed.", unexplained: true}
	if known := d.typedInto(field{value: value}); known != nil {
		in = d.knownInput(known, field{value: value}, "")
		in.secret = false // servers log it
	}
	return urlTemplate(d.addInput(in)) + ending
}

// isTypedSegment reports whether a part of a URL without a name may have been typed: no response and
// no script before has it, and it is no word that programs use in URLs.
func (d *drafter) isTypedSegment(value string) bool {
	switch {
	case d.isStrict() && value != "" && len(value) < shortestPart && !isPathWord(value):
		return !d.matches(d.texts, value, `[/"'`+"`"+`]`+quoted(value)+`(?:[/"'`+"`"+`?&;]|$)`)
	case d.isSpelled(value):
		return true
	case d.isKnown() && d.isPartOfTyped(value):
		return !d.wasSeen(value)
	}
	return len(value) >= 2 && !isPathWord(value) && !d.wasSeen(value)
}

// isStrict reports whether nothing is kept that the portal does not explain: where it is known what was typed, and for drafts
// that nobody looks over.
func (d *drafter) isStrict() bool { return d.isKnown() || d.isPinned }

// isPathWord reports whether all words of a part of a URL are such that programs use there, and
// people hardly as a password or a name.
func isPathWord(segment string) bool {
	words := strings.FieldsFunc(segment, func(r rune) bool { return strings.ContainsRune("._-", r) })
	return len(words) > 0 && !slices.ContainsFunc(words, func(word string) bool {
		isVersion := len(word) == 2 && word[0] == 'v' && word[1] >= '0' && word[1] <= '9'
		return !isVersion && !slices.Contains(pathWords(), word)
	})
}

func pathWords() []string {
	return []string{
		"accept", "access", "account", "action", "ajax", "api", "asp", "aspx", "auth", "authenticate", "authorize", "bin", "captive", "cgi", "check",
		"client", "code", "connect", "continue", "coupon", "create", "device", "do", "form", "go", "grant", "handler", "hotspot", "htm", "html", "index", "init",
		"js", "json", "jsp", "landing", "login", "logoff", "logon", "logout", "lua", "page", "php", "portal", "post", "process", "redeem", "register",
		"rest", "send", "service", "session", "sessions", "signin", "signup", "start", "state", "status", "submit", "success", "terms", "ticket", "token", "tos",
		"users", "validate", "verify", "voucher", "vouchers", "xml",
	}
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
	case d.isKnown() && (d.typedInto(f) != nil || d.isPartOfTyped(f.value) && !d.wasSeen(f.value)), d.isStrict() && !d.isExplained(a, c, f):
		return true
	case d.isKnown():
		return false
	case c != nil && c.Type == "password":
		return true
	case len(f.value) < 2, d.isKnownURL(f.value), isClock(f), isProtocolWord(f.value):
		return false
	case c != nil && isTyped(*c), mentionsPeople(f.name):
		return true
	}
	return !d.wasSeen(f.value)
}

// What scripts put into the URL of a request that is not to be cached: seconds or milliseconds since 1970, as they are since 2001
// and until 2286, or a random number. Few programs need them, so they are compiled at their first use.
var (
	clockTime      = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^1\d{9}(\d{3})?$`) })
	randomFraction = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^0\.\d{6,}$`) })
)

// isClock reports whether a field keeps browsers from using their cache.
func isClock(f field) bool {
	names := []string{"_", "t", "ts", "time", "timestamp", "now", "cb", "callback", "rnd", "rand", "random", "nocache"}
	return slices.Contains(names, strings.ToLower(f.name)) && (clockTime().MatchString(f.value) || randomFraction().MatchString(f.value))
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

// textsOf returns the body and the URL of a page, as they are and without escapes, and the scripts
// that were loaded next.
func textsOf(x *exchange) []string {
	page := x.page
	address := page.URL.String()
	plain := strings.ReplaceAll(html.UnescapeString(page.Body), `\/`, "/")
	return append(slices.Compact([]string{page.Body, plain, address, unescape(address)}), x.scripts...)
}
