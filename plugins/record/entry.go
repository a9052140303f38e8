// Package record drafts a pack from a login by hand, which a browser recorded: in an HTTP Archive
// (HAR 1.2), or live.
package record

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"hotspot-helper/internal/web"
	"hotspot-helper/portal"
)

// The limits of a capture. A login takes a few dozen requests; the rest are other requests
// of the browser.
const (
	MaxFile    = 64 << 20 // bytes of a HAR
	MaxEntries = 20000    // of a recording
	maxPairs   = 1000     // headers or fields of one request; the rest of the headers is left out
	maxAll     = 500_000  // of all of them in one file
	maxFields  = 100      // of one request, as of a step of a flow
	maxJSON    = 64 << 10 // bytes of a body in JSON

	maxExchanges = 1000    // pages and requests of scripts
	maxScripts   = 4 << 20 // bytes of script files
)

// Capture is a recording of a browser: its requests in order, with the responses.
type Capture struct {
	exchanges []*exchange
	typed     *Typed // nil: not known

	// sent returns what was sent and not received before.
	sent func(work *web.Search) ([]string, error)
}

// Entry is a request that a browser recorded, with the response.
type Entry struct {
	Type          string // of the resource, as Chromium's developer tools name it, in lower case; empty: headers tell it
	Method        string
	URL           string
	RequestHeader http.Header
	Posted        *Posted // nil: no body
	Status        int     // 0: no response
	Header        http.Header
	RedirectURL   string // where the browser went, if Header does not say it
	MimeType      string
	Body          string // text in UTF-8, or other bytes in base64
	IsBase64      bool
	Size          int64 // of the body in bytes, also if it was not recorded
}

// Posted is the body of a request.
type Posted struct {
	MimeType string // empty: the header tells it
	Text     string

	fields []field // some browsers record only decoded fields
}

// New returns the capture of entries in the order in which they began. It leaves out requests without
// a response, other schemes than http and https, and assets. Of scripts it keeps the text alone. A nil
// typed means that it is not known what the person typed: then it is guessed. It is an error if there
// is no page, or too much.
func New(entries []*Entry, typed *Typed) (*Capture, error) {
	c, scripts := &Capture{typed: typed}, 0
	for _, e := range entries {
		if script := e.script(); script != "" && len(c.exchanges) > 0 && scripts+len(script) <= maxScripts {
			last := c.exchanges[len(c.exchanges)-1]
			last.scripts, scripts = append(last.scripts, script), scripts+len(script)
		}
		if x := e.exchange(); x != nil {
			if len(c.exchanges) == maxExchanges {
				return nil, fmt.Errorf("read capture: more than %d pages and requests of scripts; record the login alone", maxExchanges)
			}
			c.exchanges = append(c.exchanges, x)
		}
	}
	if len(c.exchanges) == 0 {
		return nil, errors.New("read capture: it contains no page")
	}
	c.sent = func(work *web.Search) ([]string, error) { return unreceived(work, entries) }
	return c, nil
}

// Texts returns what may have been typed: all that is known to be, and what was sent and not received before. The error says that
// there is more of it than can be found.
func (c *Capture) Texts(ctx context.Context) ([]portal.Value, error) {
	var texts []portal.Value
	if c.typed != nil {
		for _, control := range c.typed.Controls {
			texts = append(texts, control.texts()...)
		}
	}
	sent, err := c.sent(newWork(ctx))
	for _, text := range sent {
		texts = append(texts, portal.Secret(text))
	}
	return texts, err
}

// exchange returns the exchange of an entry, nil if it is not relevant.
func (e *Entry) exchange() *exchange {
	if len(e.URL) > portal.MaxURL || e.Status < 200 || e.Status > 599 {
		return nil
	}
	u, err := web.ResolveReference(nil, e.URL) // as Location is read, so that both have one spelling
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil
	}
	if _, err := portal.NewHostList(portal.Config{Hosts: []string{u.Hostname()}}); err != nil {
		return nil // no flow may talk to such a host
	}
	u.Fragment, u.RawFragment, u.User = "", "", nil
	response := e.Header.Clone()
	if response == nil {
		response = http.Header{}
	}
	x := &exchange{method: e.Method, url: u, kind: e.kind()}
	if x.kind == asset || x.method != http.MethodGet && x.method != http.MethodPost {
		return nil
	}
	body := e.body(response)
	x.bodyMissing = body == "" && e.Size > 0
	x.page = &portal.Page{URL: u, Status: e.Status, Header: response, Body: body}
	x.setLocation(e.RedirectURL)
	x.setRequest(e)
	return x
}

// script returns the text of a script file, which tells the words that the page's programs use, ""
// if it is none.
func (e *Entry) script() string {
	mimeType, _, _ := mime.ParseMediaType(e.MimeType)
	if e.Type != "script" && !strings.HasSuffix(mimeType, "javascript") {
		return ""
	}
	return e.body(e.Header.Clone())
}

// kind returns the purpose of the request. Firefox shows it only in headers.
func (e *Entry) kind() kind {
	request := e.RequestHeader
	accept := request.Get("Accept")
	mimeType, _, _ := mime.ParseMediaType(e.MimeType)
	switch {
	case e.Type == "document", request.Get("Sec-Fetch-Mode") == "navigate":
		return document
	case e.Type == "xhr", e.Type == "fetch", request.Get("Sec-Fetch-Dest") == "empty", request.Get("X-Requested-With") != "":
		return call
	case e.Type != "", strings.HasPrefix(accept, "image/"), strings.HasPrefix(accept, "text/css"):
		return asset
	case strings.HasPrefix(accept, "text/html"):
		return document
	case strings.Contains(mimeType, "json"), strings.Contains(mimeType, "xml"), strings.HasPrefix(mimeType, "text/html"), mimeType == "text/plain":
		return call
	}
	return asset
}

// body returns the body of the response in UTF-8 and sets the charset in the header.
func (e *Entry) body(header http.Header) string {
	text := e.Body
	if e.IsBase64 {
		data, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return ""
		}
		text, _ = web.DecodeBody(data[:min(len(data), portal.MaxBody)], header.Get("Content-Type"), len(data) > portal.MaxBody)
	}
	header.Del("Content-Encoding")
	if kind, parameters, err := mime.ParseMediaType(header.Get("Content-Type")); err == nil && strings.HasPrefix(kind, "text/") {
		parameters["charset"] = "utf-8"
		header.Set("Content-Type", mime.FormatMediaType(kind, parameters))
	}
	return strings.ToValidUTF8(text[:min(len(text), portal.MaxBody)], "\uFFFD")
}

// setRequest sets the fields, JSON or text of the request.
func (x *exchange) setRequest(e *Entry) {
	posted := e.Posted
	if posted == nil || x.method == http.MethodGet {
		x.fields = fieldsOf(x.url.RawQuery)
		return
	}
	kind, parameters, err := mime.ParseMediaType(posted.MimeType)
	if err != nil {
		kind, parameters, _ = mime.ParseMediaType(e.RequestHeader.Get("Content-Type"))
	}
	switch {
	case kind == "application/x-www-form-urlencoded" && posted.Text != "":
		x.fields = fieldsOf(posted.Text)
	case kind == "multipart/form-data" && posted.Text != "":
		x.fields, x.isUpload = partsOf(posted.Text, parameters["boundary"])
	case len(posted.fields) > 0:
		x.fields = posted.fields[:min(len(posted.fields), maxFields)]
	default:
		x.text = posted.Text[:min(len(posted.Text), portal.MaxBody)]
		x.json = jsonOf(x.text)
	}
}

// fieldsOf returns the fields of a query. It keeps what it cannot decode.
func fieldsOf(query string) []field {
	var fields []field
	for part := range strings.SplitSeq(query, "&") {
		if part == "" || len(fields) == maxFields {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		fields = append(fields, field{asUTF8(unescape(name)), asUTF8(unescape(value))})
	}
	return fields
}

// asUTF8 returns a text that a browser encoded in the charset of an old page.
func asUTF8(text string) string {
	if utf8.ValidString(text) {
		return text
	}
	plain, _ := web.DecodeBody([]byte(text), "text/plain; charset=windows-1252", false)
	return plain
}

func unescape(text string) string {
	if plain, err := url.QueryUnescape(text); err == nil {
		return plain
	}
	return text
}

// partsOf returns the fields of a multipart form without files, and whether it has files.
func partsOf(text, boundary string) (fields []field, hasFile bool) {
	reader := multipart.NewReader(strings.NewReader(text), boundary)
	for len(fields) < maxFields {
		part, err := reader.NextPart()
		if err != nil {
			break
		}
		if value, err := io.ReadAll(part); err == nil && part.FileName() == "" {
			fields = append(fields, field{part.FormName(), string(value)})
		}
		hasFile = hasFile || part.FileName() != ""
	}
	return fields, hasFile
}

// jsonOf returns a text as a JSON object or array, nil if it is neither. Numbers keep all
// digits.
func jsonOf(text string) any {
	if len(text) > maxJSON || !json.Valid([]byte(text)) {
		return nil
	}
	var value any
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	if decoder.Decode(&value) != nil {
		return nil
	}
	switch value.(type) {
	case map[string]any, []any:
		return value
	}
	return nil
}
