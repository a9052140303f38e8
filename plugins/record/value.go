package record

import (
	"cmp"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html/atom"

	"hotspot-helper/internal/web"
	"hotspot-helper/portal"
)

// value returns the template for a field: typed by the user, captured from an earlier
// response, derived from either, or constant.
func (d *drafter) value(s *step, a *action, f field) string {
	c := d.control(a, f.name)
	switch {
	case f.value == "":
		return ""
	case d.isKnown():
		return d.knownValue(s, a, f, c)
	case c != nil && isTyped(*c) && (c.Type == "password" || !d.isKnownURL(f.value)): // scripts store URLs in fields, too
		return d.addTypedInput(s, *c, f)
	}
	if read := d.derived(f.value); read != "" {
		return read
	}
	if read := d.chap(s, a, f.value); read != "" {
		return read
	}
	if c == nil || c.Type == "hidden" || isTyped(*c) {
		if read := d.captured(s, f.name, f.value); read != "" {
			return read
		}
	}
	return d.unexplained(s, a, f, c)
}

// unexplained returns the template for a value that no capture reads.
func (d *drafter) unexplained(s *step, a *action, f field, c *portal.Control) string {
	switch {
	case d.isOffered(a, c, f.value):
		if c.Type == "select" || c.Type == "radio" {
			d.doubt(s, "the choice %q of %s is kept for everybody", f.value, f.name)
		}
		return literal(f.value)
	case d.isKnownURL(f.value):
		return literal(f.value)
	case isDigest(f.value), isToken(f.value) && mentionsSecrets(f.name) && strings.Trim(f.value, "0123456789") != "":
		d.doubt(s, "a script seems to have computed the field %s", f.name)
		return d.ask(s, input{
			name: identifier(f.name, "computed"), prompt: f.name, secret: true, value: f.value,
			comment:     "unsure: a script of the page seems to have computed this. Find out how, and write a template instead.",
			unexplained: true,
		})
	case mentionsPeople(f.name):
		return d.ask(s, input{
			name: identifier(f.name, "typed"), prompt: f.name, secret: mentionsSecrets(f.name), value: f.value,
			comment: "unsure: by its name, this was typed.",
		})
	case isToken(f.value), d.mayBeTyped(a, f):
		d.doubt(s, "where the value of the field %s comes from is not known; perhaps it was typed", f.name)
		return d.ask(s, input{name: identifier(f.name, "typed"), prompt: f.name, value: f.value, comment: "unsure: perhaps this was typed.", unexplained: true})
	}
	return literal(f.value)
}

// isOffered reports whether a control that nobody types into has the value by itself. A
// hidden one must have had it in a response to the flow, and so must each one of a page after a refused
// attempt: such a page may repeat what was typed.
func (d *drafter) isOffered(a *action, c *portal.Control, value string) bool {
	switch {
	case c == nil || isTyped(*c):
		return false
	case c.Type == "hidden" || a.refused != nil && value != "on":
		return c.Value == value && d.wasSeen(value)
	case d.isStrict():
		return d.offers(c.Name, value)
	}
	return c.Value == value || slices.Contains(c.Options, value) || d.wasSeen(value)
}

// addTypedInput adds an input for a value that was typed into a control. It is named after
// the field, because scripts name controls differently.
func (d *drafter) addTypedInput(s *step, c portal.Control, f field) string {
	return d.ask(s, input{
		name: identifier(f.name, "typed"), prompt: cmp.Or(promptOf(c.Label), c.Name), value: f.value,
		secret: c.Type == "password" || mentionsSecrets(c.Name) || mentionsSecrets(f.name),
	})
}

// control returns the control of a field: a control of a form with its name, or, for a
// script, one whose name or ID contains that name.
func (d *drafter) control(a *action, name string) *portal.Control {
	page := a.page.page
	for _, form := range a.page.pageForms() {
		i := slices.IndexFunc(form.controls, func(c portal.Control) bool { return c.Name == name })
		if d.work.Spend(1+len(form.controls)) && i >= 0 {
			c := form.controls[i]
			return &c
		}
	}
	if a.first().kind != call {
		return nil
	}
	for _, typed := range page.Document().FindMatcher(web.Tags(atom.Input, atom.Textarea)).EachIter() {
		called, kind := strings.ToLower(typed.AttrOr("name", "")+" "+typed.AttrOr("id", "")), typed.AttrOr("type", "")
		if !d.work.Spend(costControl) || !strings.Contains(called, strings.ToLower(name)) && !(mentionsSecrets(name) && kind == "password") {
			continue
		}
		return &portal.Control{
			Name: name, Type: strings.ToLower(cmp.Or(kind, "text")), Label: typed.AttrOr("placeholder", ""), Value: typed.AttrOr("value", ""),
		}
	}
	return nil
}

// isTyped reports whether a user types into a control.
func isTyped(c portal.Control) bool {
	return slices.Contains([]string{"text", "password", "email", "tel", "number", "search", "url", "date", "textarea"}, c.Type)
}

// mentionsSecrets and mentionsPeople judge a field by its name, if the page says nothing else.
func mentionsSecrets(name string) bool {
	return containsWord(name, "pass", "pwd", "pin", "secret", "voucher", "ticket", "code")
}

func mentionsPeople(name string) bool {
	return mentionsSecrets(name) || containsWord(name, "user", "login", "mail", "name", "phone", "mobile", "room")
}

func containsWord(name string, words ...string) bool {
	name = strings.ToLower(name)
	return slices.ContainsFunc(words, func(word string) bool { return strings.Contains(name, word) })
}

// isDigest reports whether a value is a digest of 128, 160, 256 or 512 bits, in hexadecimal.
func isDigest(value string) bool {
	digest, err := hex.DecodeString(value)
	return err == nil && slices.Contains([]int{128, 160, 256, 512}, len(digest)*8)
}

// derived returns the template of a value that is an input or a common function of one.
func (d *drafter) derived(value string) string {
	for _, in := range d.derivable() {
		if in.value == "" || !d.work.Spend(3*costHash+len(in.value)) {
			continue
		}
		text := []byte(in.value)
		md, sha, long := md5.Sum(text), sha1.Sum(text), sha256.Sum256(text)
		for _, function := range []struct{ template, result string }{
			{"{{.input.%}}", in.value},
			{"{{md5 .input.% | hex}}", hex.EncodeToString(md[:])},
			{"{{sha1 .input.% | hex}}", hex.EncodeToString(sha[:])},
			{"{{sha256 .input.% | hex}}", hex.EncodeToString(long[:])},
			{"{{base64 .input.%}}", base64.StdEncoding.EncodeToString(text)},
			{"{{hex .input.%}}", hex.EncodeToString(text)},
			{"{{md5 .input.% | base64}}", base64.StdEncoding.EncodeToString(md[:])},
			{"{{sha256 .input.% | base64}}", base64.StdEncoding.EncodeToString(long[:])},
		} {
			if function.result == value {
				return strings.ReplaceAll(function.template, "%", d.addInput(in).name)
			}
		}
	}
	return ""
}

// derivable returns the inputs that a value may be a function of: those of the draft, and what is known
// to be typed, as many as a flow may have.
func (d *drafter) derivable() []input {
	var list []input
	for _, in := range d.inputs {
		list = append(list, *in)
	}
	if !d.isKnown() {
		return list
	}
	for i := range d.typed.Controls {
		if c := &d.typed.Controls[i]; !c.isChoice() && len(list) < maxInputs && len(c.last()) >= 2 {
			list = append(list, d.knownInput(c, field{cmp.Or(c.Name, c.ID), c.last()}, ""))
		}
	}
	return list
}

// challenge matches the hash of a password between two literals, as on MikroTik's login page.
var challenge = regexp.MustCompile(`hexMD5\(\s*['"][^'"]*['"]\s*\+[^;]*?\.value\s*\+\s*['"]`)

// chap returns the template of a password that was hashed with a challenge of the page. The
// capture does not contain the password.
func (d *drafter) chap(s *step, a *action, value string) string {
	if !isDigest(value) || len(value) != hex.EncodedLen(md5.Size) || len(d.seen) == 0 {
		return ""
	}
	at := d.seen[len(d.seen)-1]
	if !slices.ContainsFunc(at.page.Scripts(), challenge.MatchString) {
		return ""
	}
	in := d.addInput(input{name: "password", prompt: "Password", secret: true})
	id := d.addCapture(at.step, capture{"chap_id", `{ script = "hexMD5" }`})
	salt := d.addCapture(at.step, capture{"challenge", `{ script = "hexMD5", nth = 1 }`})
	d.doubt(s, "the script of the page seems to hash the password between its two literals; this was not verified")
	return "{{concat .capture." + id + " .input." + in.name + " .capture." + salt + " | md5 | hex}}"
}
