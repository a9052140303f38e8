package record

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"hotspot-helper/internal/redact"
	"hotspot-helper/internal/web"
)

// The limits of the values that are looked for in what the network sent before. Beyond those of values, requests and
// depth there is no draft: it could have what is left out.
const (
	maxSent      = 900      // values of a capture that no response before had
	maxSentText  = 4 << 10  // bytes of a value
	maxSentBody  = 1 << 20  // bytes of a request
	maxSentDepth = 8        // of values within values
	maxReceived  = 16 << 20 // bytes of responses that are searched for them; the rest count as new
)

// sentValues collects the values that requests of a recording have: also of those that are no part of the login, such as a
// refused attempt, and in forms that no draft can send.
type sentValues struct {
	work  *web.Search
	list  []string
	known map[string]bool
	isCut bool // some values were left out

	received []string // what responses had before: a value that is there is left out, with what is in it
}

// errManyValues says that the values of a recording are too many, or too far within others, to be kept out of a draft.
var errManyValues = fmt.Errorf("%w (its requests have more values than can be kept out of a draft)", ErrTooMuch)

// add adds the values of a request.
func (s *sentValues) add(e *Entry) {
	if u, err := url.Parse(e.URL); err == nil {
		s.read(u.RawQuery, maxSentDepth)
		s.read(u.Fragment, maxSentDepth)
		if password, has := u.User.Password(); has {
			s.read(password, maxSentDepth)
		}
	}
	if e.Posted == nil {
		return
	}
	if len(e.Posted.Text) > maxSentBody {
		s.isCut = true
		return
	}
	s.read(e.Posted.Text, maxSentDepth)
	for _, f := range e.Posted.fields {
		s.read(unescape(f.value), maxSentDepth) // some browsers decode them
	}
}

// read adds the values in a text: of JSON, of a form, of XML and of parts, also in each other and in base64.
func (s *sentValues) read(text string, depth int) {
	text = strings.TrimSpace(text)
	if text == "" || !s.work.Spend(1+costParse*len(text)) {
		return
	}
	if depth == 0 {
		s.isCut = true
		return
	}
	switch {
	case s.readJSON(text, depth):
	case strings.ContainsAny(text, "<\n"): // XML, or a multipart form
		for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return strings.ContainsRune("<>\r\n", r) }) {
			s.value(part, depth-1)
		}
	case strings.Trim(text, "=") != "" && strings.Contains(strings.TrimRight(text, "="), "="):
		s.readForm(text, depth)
		if strings.Contains(text, ", ") { // as openNDS writes them
			s.read(strings.ReplaceAll(text, ", ", "&"), depth)
		}
	default:
		s.value(text, depth-1)
	}
}

// readJSON adds the values of JSON documents, one or one a line, and reports whether there are any.
func (s *sentValues) readJSON(text string, depth int) (isJSON bool) {
	var document any
	decoder := json.NewDecoder(strings.NewReader(text))
	for strings.ContainsRune(`{["`, rune(text[0])) && decoder.Decode(&document) == nil {
		isJSON = true
		s.document(document, depth-1)
	}
	return isJSON
}

// readForm adds the values of a form.
func (s *sentValues) readForm(text string, depth int) {
	for parameter := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == '&' || r == ';' }) {
		_, value, _ := strings.Cut(parameter, "=")
		if plain := unescape(value); plain != value {
			s.read(plain, depth-1)
		} else {
			s.read(value, depth)
		}
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

// value adds a value that no response had, and what it has in base64.
func (s *sentValues) value(text string, depth int) {
	text = strings.TrimSpace(text)
	if len(text) < shortestPart || s.known[text] || !mayBeTyped(text) || !s.work.Spend(1+costParse*len(text)) {
		return
	}
	if s.known == nil {
		s.known = map[string]bool{}
	}
	s.known[text] = true
	if s.isReceived(text) {
		return
	}
	if len(text) <= maxSentText {
		s.list = append(s.list, text)
	}
	if data, err := base64.StdEncoding.DecodeString(text); err == nil && utf8.Valid(data) && !strings.ContainsFunc(string(data), unicode.IsControl) {
		s.read(string(data), depth)
	}
}

func (s *sentValues) isReceived(text string) bool {
	return slices.ContainsFunc(s.received, func(before string) bool {
		return s.work.Spend(1+len(before)/bytesPerOne) && strings.Contains(before, text)
	})
}

// mayBeTyped reports whether a value is worth masking: programs send many short words.
func mayBeTyped(text string) bool {
	const shortWord = 6
	return len(text) >= shortWord || strings.ContainsFunc(text, unicode.IsDigit)
}

// unreceived returns the values that requests of a recording have and that no response before had. It is an error if they
// are too many.
func unreceived(work *web.Search, entries []*Entry) ([]string, error) {
	sent := sentValues{work: work}
	size := 0
	for _, e := range entries { // many portals get the address of the page that the browser asked for
		if u, err := url.Parse(e.URL); err == nil {
			u.User, u.RawQuery, u.Fragment = nil, "", ""
			sent.received = append(sent.received, u.String())
		}
	}
	for _, e := range entries {
		sent.add(e)
		if err := failure(work); err != nil {
			return nil, err
		}
		if sent.isCut || len(sent.list) > maxSent {
			return nil, errManyValues
		}
		if size += len(e.Body); size <= maxReceived {
			sent.received = append(sent.received, e.body(http.Header{"Content-Type": e.Header["Content-Type"]}), strings.Join(e.Header["Location"], " "), strings.Join(e.Header["Set-Cookie"], " "))
		}
	}
	return sent.list, nil
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
