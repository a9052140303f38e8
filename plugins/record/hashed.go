package record

import (
	"cmp"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash"
	"maps"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html/atom"

	"hotspot-helper/internal/strict"
	"hotspot-helper/internal/web"
	"hotspot-helper/portal"
	"hotspot-helper/portal/flow"
)

// The limits of a search for what a digest is of.
const (
	maxSalts      = 24 // values of responses
	maxSaltLength = 256
	maxSaltNames  = 20 // names in scripts
	maxNth        = 3  // literals of one name
)

// part is what a digest may be of: what was typed, its digest, or a value of a response.
type part struct {
	text     string
	isTyped  bool
	template func() string // that reads it, to be used in an action
}

// digests are the functions of the flow language.
func digests() map[string]func() hash.Hash {
	return map[string]func() hash.Hash{"md5": md5.New, "sha1": sha1.New, "sha256": sha256.New}
}

// hashed returns the template of a value that is the digest of something typed: alone, joined with
// up to two values of responses, or as the key or the text of a MAC. It is "" if it is none.
func (d *drafter) hashed(value string) string {
	sum, encoding := decodeDigest(value)
	if sum == "" || !d.isKnown() || len(d.seen) == 0 {
		return ""
	}
	for name, newHash := range digests() {
		if newHash().Size() != len(sum) {
			continue
		}
		parts := append(d.typedParts(name, newHash), d.salts()...)
		if found := joined(d.work, parts, newHash, sum); found != nil {
			return "{{concat " + strings.Join(found, " ") + " | " + name + " | " + encoding + "}}"
		}
		if key, text := keyed(d.work, parts, newHash, sum); key != "" {
			return fmt.Sprintf("{{hmac %q %s %s | %s}}", name, key, text, encoding)
		}
	}
	return ""
}

// decodeDigest returns the bytes of a digest and how they are written, "" if it is none.
func decodeDigest(value string) (sum, encoding string) {
	if isDigest(value) && value == strings.ToLower(value) {
		data, _ := hex.DecodeString(value) // it is one
		return string(data), "hex"
	}
	data, err := base64.StdEncoding.DecodeString(value)
	if err == nil && slices.Contains([]int{md5.Size, sha1.Size, sha256.Size}, len(data)) {
		return string(data), "base64"
	}
	return "", ""
}

// joined returns the templates of one to three parts whose digest is the sum. One of them was typed.
func joined(work *web.Search, parts []part, newHash func() hash.Hash, sum string) []string {
	choices := append([]part{{}}, parts...) // the first one is nothing
	for _, a := range choices {
		for _, b := range choices {
			for _, c := range choices {
				isTyped := (a.isTyped || b.isTyped || c.isTyped) && work.Spend(costHash+(len(a.text)+len(b.text)+len(c.text))/2)
				if isTyped && sumOf(newHash(), a.text+b.text+c.text) == sum {
					return templatesOf(a, b, c)
				}
			}
		}
	}
	return nil
}

func sumOf(h hash.Hash, text string) string {
	h.Write([]byte(text))
	return string(h.Sum(nil))
}

func templatesOf(parts ...part) []string {
	var list []string
	for _, p := range parts {
		if p.template != nil {
			list = append(list, p.template())
		}
	}
	return list
}

// keyed returns the templates of the key and the text of a MAC.
func keyed(work *web.Search, parts []part, newHash func() hash.Hash, sum string) (key, text string) {
	for _, k := range parts {
		for _, t := range parts {
			if !work.Spend(4*costHash + (len(k.text)+len(t.text))/2) {
				return "", ""
			}
			if (k.isTyped || t.isTyped) && sumOf(hmac.New(newHash, []byte(k.text)), t.text) == sum {
				return k.template(), t.template()
			}
		}
	}
	return "", ""
}

// typedParts returns what was typed, and the digest of each.
func (d *drafter) typedParts(name string, newHash func() hash.Hash) []part {
	var parts []part
	for _, in := range d.derivable() {
		if in.value == "" || !in.typed || slices.ContainsFunc(parts, func(p part) bool { return p.text == in.value }) {
			continue
		}
		digest := hex.EncodeToString([]byte(sumOf(newHash(), in.value)))
		reference := func() string { return ".input." + d.addInput(in).name }
		parts = append(parts, part{in.value, true, reference},
			part{digest, true, func() string { return "(" + name + " " + reference() + " | hex)" }})
	}
	return parts
}

// salts returns values of the latest responses that a script may have mixed in: literals of scripts,
// hidden fields, parameters, cookies, scalars of JSON.
func (d *drafter) salts() []part {
	var parts []part
	add := func(text string, template func() string) {
		isKnown := slices.ContainsFunc(parts, func(p part) bool { return p.text == text })
		if text != "" && len(text) <= maxSaltLength && len(parts) < maxSalts && !isKnown {
			parts = append(parts, part{text: text, template: template})
		}
	}
	for _, at := range slices.Backward(d.seen) {
		d.addLiterals(at, add)
		for _, value := range saltsIn(at.page) {
			if query := d.query(at, value); query != "" {
				add(value, func() string { return ".capture." + d.addCapture(at.step, capture{"salt", query}) })
			}
		}
	}
	return parts
}

// saltName matches a name that a script assigns a text to, or calls with one.
var saltName = regexp.MustCompile(`([A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*)\s*[=:(]\s*["']`)

// addLiterals adds the literals of the page's scripts.
func (d *drafter) addLiterals(at observation, add func(string, func() string)) {
	for _, name := range scriptNames(at.page) {
		for nth := 0; nth < maxNth && d.work.Spend(costParse*len(at.page.Body)); nth++ {
			literals := flow.ScriptLiterals(at.page, name, nth)
			if len(literals) == 0 {
				break
			}
			query := fmt.Sprintf("{ script = %s, nth = %d }", strict.Quote(name), nth)
			if nth == 0 {
				query = fmt.Sprintf("{ script = %s }", strict.Quote(name))
			}
			add(literals[0], func() string { return ".capture." + d.addCapture(at.step, capture{identifier(name, "salt"), query}) })
		}
	}
}

// scriptNames returns the names that scripts assign a text to, or call with one.
func scriptNames(page *portal.Page) []string {
	var names []string
	for _, script := range page.Scripts() {
		for _, found := range saltName.FindAllStringSubmatch(script, maxSaltNames) {
			if !slices.Contains(names, found[1]) && len(names) < maxSaltNames {
				names = append(names, found[1])
			}
		}
	}
	return names
}

// saltsIn returns values of a page besides those of its scripts.
func saltsIn(page *portal.Page) []string {
	values := map[string]bool{}
	for _, field := range page.Document().FindMatcher(web.Tags(atom.Input)).EachIter() {
		if field.AttrOr("type", "") == "hidden" {
			values[field.AttrOr("value", "")] = true
		}
	}
	for _, list := range page.URL.Query() {
		values[cmp.Or(list...)] = true
	}
	for _, cookie := range web.ReadCookies(page.Header) {
		values[cookie.Value] = true
	}
	if doc := jsonOf(page.Body); doc != nil {
		addScalars(values, doc)
	}
	return slices.Sorted(maps.Keys(values))
}
