package record

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"hotspot-helper/internal/redact"
	"hotspot-helper/internal/web"
)

// The limits of the values that are looked for in what the network sent before.
const (
	maxSent      = 500      // values of a capture
	maxSentText  = 4 << 10  // bytes of a value
	maxSentBody  = 1 << 20  // bytes of a request
	maxSentDepth = 4        // of values within values
	maxReceived  = 16 << 20 // bytes of responses that are searched for them; the rest count as new
)

// sentValues collects the values that requests of a recording have: also of those that are no part of the login, such as a
// refused attempt, and in forms that no draft can send.
type sentValues struct {
	list  []string
	known map[string]bool
}

// add adds the values of a request.
func (s *sentValues) add(e *Entry) {
	if u, err := url.Parse(e.URL); err == nil {
		s.read(u.RawQuery, maxSentDepth)
		s.read(u.Fragment, maxSentDepth)
		if password, has := u.User.Password(); has {
			s.read(password, 1)
		}
	}
	if e.Posted == nil {
		return
	}
	s.read(e.Posted.Text[:min(len(e.Posted.Text), maxSentBody)], maxSentDepth)
	for _, f := range e.Posted.fields {
		s.read(unescape(f.value), maxSentDepth) // some browsers decode them
	}
}

// read adds the values in a text: of JSON, of a form, of XML and of parts, also in each other and in base64.
func (s *sentValues) read(text string, depth int) {
	text = strings.TrimSpace(text)
	if text == "" || depth == 0 || len(s.list) >= maxSent {
		return
	}
	var document any
	decoder := json.NewDecoder(strings.NewReader(text))
	isJSON := false
	for strings.ContainsRune(`{["`, rune(text[0])) && decoder.Decode(&document) == nil { // one, or one a line
		isJSON = true
		s.document(document, depth-1)
	}
	switch {
	case isJSON:
	case strings.ContainsAny(text, "<\n"): // XML, or a multipart form
		for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return strings.ContainsRune("<>\r\n", r) }) {
			s.value(part, depth-1)
		}
	case strings.Trim(text, "=") != "" && strings.Contains(strings.TrimRight(text, "="), "="):
		for parameter := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == '&' || r == ';' }) {
			_, value, _ := strings.Cut(parameter, "=")
			s.read(unescape(value), depth-1)
		}
	default:
		s.value(text, depth-1)
	}
}

// document adds the values of a JSON document.
func (s *sentValues) document(value any, depth int) {
	switch value := value.(type) {
	case map[string]any:
		for key, below := range value {
			if !isFieldName(key) || strings.ContainsFunc(key, unicode.IsDigit) {
				s.value(key, depth)
			}
			s.document(below, depth)
		}
	case []any:
		for _, below := range value {
			s.document(below, depth)
		}
	case string:
		s.read(value, depth)
	}
}

// value adds a value, and what it has in base64.
func (s *sentValues) value(text string, depth int) {
	text = strings.TrimSpace(text)
	if len(text) < shortestPart || len(text) > maxSentText || s.known[text] || !mayBeTyped(text) {
		return
	}
	if s.known == nil {
		s.known = map[string]bool{}
	}
	s.known[text], s.list = true, append(s.list, text)
	if data, err := base64.StdEncoding.DecodeString(text); err == nil && utf8.Valid(data) && !strings.ContainsFunc(string(data), unicode.IsControl) {
		s.read(string(data), depth)
	}
}

// mayBeTyped reports whether a value is worth masking: programs send many short words.
func mayBeTyped(text string) bool {
	const shortWord = 6
	return len(text) >= shortWord || strings.ContainsFunc(text, unicode.IsDigit)
}

// unreceived returns the values that requests of a recording have and that no response before had.
func unreceived(work *web.Search, entries []*Entry) []string {
	var sent sentValues
	var values, received []string
	size := 0
	for _, e := range entries { // many portals get the address of the page that the browser asked for
		if u, err := url.Parse(e.URL); err == nil {
			u.User, u.RawQuery, u.Fragment = nil, "", ""
			received = append(received, u.String())
		}
	}
	for _, e := range entries {
		sent.list = nil
		sent.add(e)
		for _, text := range sent.list {
			isReceived := slices.ContainsFunc(received, func(before string) bool {
				return work.Spend(1+len(before)/bytesPerOne) && strings.Contains(before, text)
			})
			if !isReceived && len(values) < maxSent {
				values = append(values, text)
			}
		}
		if size += len(e.Body); size <= maxReceived {
			received = append(received, e.body(http.Header{"Content-Type": e.Header["Content-Type"]}), strings.Join(e.Header["Location"], " "), strings.Join(e.Header["Set-Cookie"], " "))
		}
	}
	return values
}

// unsent returns those of the texts that the draft does not have. Where it is known what was typed, that holds for those that only
// other requests have than those of the draft: of these each value is explained or refused.
func (d *drafter) unsent(texts []string) []string {
	if d.isKnown() {
		own := d.session.requests()
		texts = slices.DeleteFunc(slices.Clone(texts), func(text string) bool { return d.mayHave(own, text) })
	}
	written := d.packTOML() + d.flowTOML()
	return slices.DeleteFunc(slices.Clone(texts), func(text string) bool {
		return d.work.Spend(costRegexp*len(written)) && redact.New([]redact.Target{{Text: text}}).Contains(written)
	})
}
