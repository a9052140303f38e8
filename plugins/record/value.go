package record

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"hotspot-helper/portal"
)

// value makes a template of what was sent in a field: what a person typed, what the
// portal had told before, what was computed of either, or what is always the same.
func (d *drafter) value(s *step, a *act, f field) string {
	c := d.control(a, f.name)
	switch {
	case f.value == "":
		return ""
	case c != nil && isTyped(*c) && !strings.Contains(f.value, "://"): // scripts keep addresses in fields, too
		return d.typedIn(*c, f)
	}
	if read := d.made(f.value); read != "" {
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

// unexplained is for a value of which the page does not say who made it.
func (d *drafter) unexplained(s *step, a *act, f field, c *portal.Control) string {
	switch {
	case c != nil && (c.Type == "select" || c.Type == "radio"):
		d.doubt(s, "the choice %q of %s is kept for everybody", f.value, f.name)
		return literal(f.value)
	case c != nil && c.Type != "hidden", strings.Contains(f.value, "://"), a.sent.kind == document && c != nil && !isToken(f.value):
		return literal(f.value) // chosen, ticked or pressed; or set by a script
	case isDigest(f.value), isToken(f.value) && speaksOfSecrets(f.name):
		in := d.typed(input{
			name: identifier(f.name, "computed"), prompt: f.name, secret: true, value: f.value,
			comment: "unsure: a script of the page seems to have computed this. Find out of what, and write a template in its place.",
		})
		d.doubt(s, "a script seems to have computed the field %s", f.name)
		return in.read()
	case a.sent.kind == call && speaksOfPeople(f.name):
		in := d.typed(input{
			name: identifier(f.name, "typed"), prompt: f.name, secret: speaksOfSecrets(f.name), value: f.value,
			comment: "unsure: by its name, this was typed.",
		})
		return in.read()
	case isToken(f.value):
		d.doubt(s, "where the value of the field %s comes from is not known; perhaps it was typed", f.name)
		in := d.typed(input{name: identifier(f.name, "typed"), prompt: f.name, value: f.value, comment: "unsure: perhaps this was typed."})
		return in.read()
	}
	return literal(f.value)
}

// typedIn returns the template of a value that was typed into a control. Its name is that of
// the field: the control of a script has one for itself alone.
func (d *drafter) typedIn(c portal.Control, f field) string {
	prompt := strings.TrimRight(strings.Join(strings.Fields(c.Label), " "), ":* ")
	if prompt == "" {
		prompt = c.Name
	}
	return d.typed(input{
		name: identifier(f.name, "typed"), prompt: prompt, value: f.value,
		secret: c.Type == "password" || speaksOfSecrets(c.Name) || speaksOfSecrets(f.name),
	}).read()
}

// control finds the control that a field is of: of a form by its name, of a script by a
// name or an id that has that of the field in it.
func (d *drafter) control(a *act, name string) *portal.Control {
	page := a.from.page
	for _, form := range page.Forms() {
		for _, c := range form.Controls() {
			if c.Name == name {
				return &c
			}
		}
	}
	if a.sent.kind != call {
		return nil
	}
	for _, node := range page.Document().Find("input, textarea").Nodes {
		called := strings.ToLower(attribute(node, "name") + " " + attribute(node, "id"))
		if !strings.Contains(called, strings.ToLower(name)) && !(speaksOfSecrets(name) && attribute(node, "type") == "password") {
			continue
		}
		c := &portal.Control{Name: name, Type: strings.ToLower(attribute(node, "type")), Label: attribute(node, "placeholder"), Value: attribute(node, "value")}
		if c.Type == "" {
			c.Type = "text"
		}
		return c
	}
	return nil
}

// isTyped says whether a person types into a control.
func isTyped(c portal.Control) bool {
	return slices.Contains([]string{"text", "password", "email", "tel", "number", "search", "url", "date", "textarea"}, c.Type)
}

// Words in the names of fields. They only help where the page does not tell.
func speaksOfSecrets(name string) bool {
	return speaks(name, "pass", "pwd", "pin", "secret", "voucher", "ticket", "code")
}

func speaksOfPeople(name string) bool {
	return speaksOfSecrets(name) || speaks(name, "user", "login", "mail", "name", "phone", "mobile", "room")
}

func speaks(name string, words ...string) bool {
	name = strings.ToLower(name)
	return slices.ContainsFunc(words, func(word string) bool { return strings.Contains(name, word) })
}

// hexDigest is what the usual functions give: 128, 160, 256 or 512 bits.
var hexDigest = regexp.MustCompile(`^(?:[0-9a-fA-F]{32}|[0-9a-fA-F]{40}|[0-9a-fA-F]{64}|[0-9a-fA-F]{128})$`)

func isDigest(value string) bool { return hexDigest.MatchString(value) }

// made finds a value that is an input, or made of one as pages often do.
func (d *drafter) made(value string) string {
	for _, in := range d.inputs {
		if in.value == "" {
			continue
		}
		octets := []byte(in.value)
		md, sha, long := md5.Sum(octets), sha1.Sum(octets), sha256.Sum256(octets)
		for _, way := range []struct{ template, gives string }{
			{"{{.input.%}}", in.value},
			{"{{md5 .input.% | hex}}", hex.EncodeToString(md[:])},
			{"{{sha1 .input.% | hex}}", hex.EncodeToString(sha[:])},
			{"{{sha256 .input.% | hex}}", hex.EncodeToString(long[:])},
			{"{{base64 .input.%}}", base64.StdEncoding.EncodeToString(octets)},
			{"{{hex .input.%}}", hex.EncodeToString(octets)},
			{"{{md5 .input.% | base64}}", base64.StdEncoding.EncodeToString(md[:])},
			{"{{sha256 .input.% | base64}}", base64.StdEncoding.EncodeToString(long[:])},
		} {
			if way.gives == value {
				return strings.ReplaceAll(way.template, "%", in.name)
			}
		}
	}
	return ""
}

// challenge is the call that hashes a password between two literals of the page, as
// MikroTik's login page does.
var challenge = regexp.MustCompile(`hexMD5\(\s*['"][^'"]*['"]\s*\+[^;]*?\.value\s*\+\s*['"]`)

// chap recognises a password that was hashed with a challenge of the page. Of the password
// itself the capture knows nothing.
func (d *drafter) chap(s *step, a *act, value string) string {
	if !isDigest(value) || len(value) != hex.EncodedLen(md5.Size) || len(d.seen) == 0 {
		return ""
	}
	at := d.seen[len(d.seen)-1]
	for node := range at.page.Document().Nodes[0].Descendants() {
		if node.Type != html.TextNode || node.Parent.DataAtom != atom.Script || !challenge.MatchString(node.Data) {
			continue
		}
		in := d.typed(input{name: "password", prompt: "Password", secret: true})
		id := d.addCapture(at.step, capture{"chap_id", `{ script = "hexMD5" }`})
		salt := d.addCapture(at.step, capture{"challenge", `{ script = "hexMD5", nth = 1 }`})
		d.doubt(s, "that the page hashes the password between its two literals is read from its script, and was not tried")
		return "{{concat .capture." + id + " .input." + in.name + " .capture." + salt + " | md5 | hex}}"
	}
	return ""
}
