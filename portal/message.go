package portal

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"hotspot-helper/internal/web"
)

// The headers of every request. Portals sniff the User-Agent and send a page for phones, or
// none, to an unknown one, so it is that of a common browser on a Linux desktop. The one
// language makes the texts that a flow looks for independent of the user's locale.
const (
	UserAgent      = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
	accept         = "text/html,application/xhtml+xml,application/json;q=0.9,*/*;q=0.8"
	acceptLanguage = "en"
)

// message is one request of a session.
type message struct {
	method      string
	url         *url.URL
	contentType string
	body        []byte
	names       []string    // of the fields, for the trace
	texts       []string    // names and values of the fields, as they are sent
	secrets     []Value     // among the fields
	entries     []Entry     // the fields
	form        *Form       // that is submitted; nil: none
	shape       []formField // of the form
	extra       Extra
	answers     bool     // a challenge, with credentials
	from        *url.URL // the page that causes the request; may be nil
}

// setBody encodes the body of a post.
func (m *message) setBody(body Body) error {
	switch {
	case body.JSON != nil && len(body.Form) > 0:
		return errors.New("encode body: both form fields and JSON are given")
	case body.Text != "" && (body.JSON != nil || len(body.Form) > 0):
		return errors.New("encode body: text is given beside fields or JSON")
	case body.JSON != nil:
		return m.setJSON(body.JSON)
	case body.Text != "":
		m.body, m.contentType, m.texts = []byte(body.Text), enctypePlain, []string{body.Text}
		return nil
	}
	entries := make([]Entry, 0, len(body.Form))
	for _, field := range body.Form {
		entries = append(entries, Entry{Name: field.Name, Value: field.Value})
	}
	return m.setEntries(entries, enctypeURL, charsetUTF8)
}

func (m *message) setEntries(entries []Entry, enctype, charset string) error {
	body, contentType, err := encodeEntries(entries, enctype, charset)
	if err != nil {
		return fmt.Errorf("encode body: %w", err)
	}
	m.body, m.contentType = body, contentType
	m.addEntries(entries)
	return nil
}

// addEntries records the names and texts of entries and the secrets among them.
func (m *message) addEntries(entries []Entry) {
	m.entries = entries
	for _, entry := range entries {
		m.names = append(m.names, entry.Name)
		m.texts = append(m.texts, entry.Name, entry.Value.Reveal())
		if entry.Value.IsSecret() {
			m.secrets = append(m.secrets, entry.Value)
		}
	}
}

func (m *message) setJSON(document any) error {
	revealed, err := m.reveal(document)
	if err != nil {
		return fmt.Errorf("encode body: %w", err)
	}
	body, err := json.Marshal(revealed)
	if err != nil {
		return fmt.Errorf("encode body: %w", err)
	}
	m.body, m.contentType = body, typeJSON
	if object, ok := document.(map[string]any); ok {
		m.names = slices.Sorted(maps.Keys(object))
	}
	return nil
}

// reveal returns document with each Value replaced by its text. It refuses types that it
// cannot walk, because a secret inside would be sent as "[redacted]".
func (m *message) reveal(document any) (any, error) {
	switch d := document.(type) {
	case nil, bool, json.Number, int, int64, uint64, float64:
		return d, nil
	case string:
		m.texts = append(m.texts, d)
		return d, nil
	case Value:
		if d.IsSecret() {
			m.secrets = append(m.secrets, d)
		}
		return d.Reveal(), nil
	case []any:
		return m.revealList(d)
	case []map[string]any:
		list := make([]any, len(d))
		for i, item := range d {
			list[i] = item
		}
		return m.revealList(list)
	case map[string]any:
		out := make(map[string]any, len(d))
		var mistakes []error
		for name, item := range d {
			m.texts = append(m.texts, name)
			revealed, err := m.reveal(item)
			out[name] = revealed
			mistakes = append(mistakes, err)
		}
		return out, errors.Join(mistakes...)
	}
	return nil, fmt.Errorf("JSON cannot hold a %T", document)
}

func (m *message) revealList(list []any) (any, error) {
	out := make([]any, len(list))
	var mistakes []error
	for i, item := range list {
		revealed, err := m.reveal(item)
		out[i] = revealed
		mistakes = append(mistakes, err)
	}
	return out, errors.Join(mistakes...)
}

// header returns the request's header. Only the page's own origin gets Referer and Origin:
// portals check them there, and other hosts need not know the page.
func (m *message) header(cookies string) http.Header {
	header := http.Header{
		"User-Agent":      {UserAgent},
		"Accept":          {accept},
		"Accept-Language": {acceptLanguage},
	}
	if cookies != "" {
		header.Set("Cookie", cookies)
	}
	if m.contentType != "" {
		header.Set("Content-Type", m.contentType)
	}
	m.addHeaders(header)
	if m.from == nil || !sameOrigin(m.from, m.url) {
		return header
	}
	referer := *m.from
	referer.Fragment, referer.RawFragment = "", ""
	header.Set("Referer", referer.String())
	if m.method == http.MethodPost {
		header.Set("Origin", m.from.Scheme+"://"+m.from.Host)
	}
	return header
}

// action names the message in errors.
func (m *message) action() string { return strings.ToLower(m.method) + " " + web.RedactURL(m.url) }
