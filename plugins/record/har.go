// Package record drafts a pack from what a browser wrote down while a person logged in
// by hand: an HTTP Archive (HAR 1.2).
package record

import (
	"bytes"
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

	"hotspot-helper/internal/web"
	"hotspot-helper/portal"
)

// The limits of one capture. A login is some dozen requests; the rest is what the
// browser did beside it.
const (
	MaxFile    = 64 << 20 // octets of a HAR
	maxEntries = 20000
	maxFields  = 200 // of one request
)

// Capture is what a browser wrote down: its requests in order, with the answers.
type Capture struct{ exchanges []*exchange }

// har is the part of a HAR 1.2 (http://www.softwareishard.com/blog/har-12-spec/) that
// counts, with _resourceType, which Chromium adds.
type har struct {
	Log struct {
		Entries []harEntry `json:"entries"`
	} `json:"log"`
}

type harEntry struct {
	Type    string `json:"_resourceType"`
	Request struct {
		Method   string    `json:"method"`
		URL      string    `json:"url"`
		Headers  []harPair `json:"headers"`
		PostData *struct {
			MimeType string    `json:"mimeType"`
			Text     string    `json:"text"`
			Params   []harPair `json:"params"`
		} `json:"postData"`
	} `json:"request"`
	Response struct {
		Status  int       `json:"status"`
		Headers []harPair `json:"headers"`
		Content struct {
			Size     int64  `json:"size"`
			MimeType string `json:"mimeType"`
			Text     string `json:"text"`
			Encoding string `json:"encoding"`
		} `json:"content"`
		RedirectURL string `json:"redirectURL"`
	} `json:"response"`
}

type harPair struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Read reads a HAR as developer tools of browsers save it. What has no answer, is not
// http or belongs to the look of a page alone is left out.
func Read(r io.Reader) (*Capture, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxFile+1))
	if err != nil {
		return nil, fmt.Errorf("read capture: %w", err)
	}
	if len(data) > MaxFile {
		return nil, fmt.Errorf("read capture: more than %d MiB; record the login alone", MaxFile>>20)
	}
	var file har
	if err := json.Unmarshal(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")), &file); err != nil {
		return nil, fmt.Errorf("read capture: it is no HAR: %w", err)
	}
	if n := len(file.Log.Entries); n == 0 || n > maxEntries {
		return nil, fmt.Errorf("read capture: it has %d requests, want 1 to %d", n, maxEntries)
	}
	c := &Capture{}
	for i := range file.Log.Entries {
		if x := file.Log.Entries[i].exchange(); x != nil {
			c.exchanges = append(c.exchanges, x)
		}
	}
	if len(c.exchanges) == 0 {
		return nil, errors.New("read capture: no page is in it")
	}
	return c, nil
}

// exchange returns an entry as what came of it, nil where it does not matter.
func (e *harEntry) exchange() *exchange {
	u, err := url.Parse(e.Request.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || e.Response.Status < 200 || e.Response.Status > 599 || len(e.Request.URL) > portal.MaxURL {
		return nil
	}
	if _, err := portal.NewHostList(portal.Config{Hosts: []string{u.Hostname()}}); err != nil {
		return nil // no flow may talk to such a host
	}
	u.Fragment, u.RawFragment, u.User = "", "", nil
	asked, answered := headerOf(e.Request.Headers), headerOf(e.Response.Headers)
	x := &exchange{method: e.Request.Method, url: u, kind: e.kind(asked)}
	if x.kind == asset || x.method != http.MethodGet && x.method != http.MethodPost {
		return nil
	}
	body := e.body(answered)
	x.missing = body == "" && e.Response.Content.Size > 0
	x.page = &portal.Page{URL: u, Status: e.Response.Status, Header: answered, Body: body}
	x.setLocation(e.Response.RedirectURL)
	x.setSent(e, asked)
	return x
}

func headerOf(pairs []harPair) http.Header {
	header := http.Header{}
	for _, p := range pairs {
		if !strings.HasPrefix(p.Name, ":") { // of HTTP/2
			header.Add(p.Name, p.Value)
		}
	}
	return header
}

// kind says what the browser wanted the answer for. Firefox tells by headers only.
func (e *harEntry) kind(asked http.Header) kind {
	accept := asked.Get("Accept")
	mimeType, _, _ := mime.ParseMediaType(e.Response.Content.MimeType)
	switch {
	case e.Type == "document", asked.Get("Sec-Fetch-Mode") == "navigate":
		return document
	case e.Type == "xhr", e.Type == "fetch", asked.Get("Sec-Fetch-Dest") == "empty", asked.Get("X-Requested-With") != "":
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

// body returns the answer's body in UTF-8, and has the header say so. Browsers write a
// text as Unicode, and octets in base64.
func (e *harEntry) body(header http.Header) string {
	content := e.Response.Content
	text := content.Text
	if content.Encoding == "base64" {
		octets, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return ""
		}
		text, _ = web.DecodeBody(octets[:min(len(octets), portal.MaxBody)], header.Get("Content-Type"), len(octets) > portal.MaxBody)
	}
	header.Del("Content-Encoding")
	if kind, parameters, err := mime.ParseMediaType(header.Get("Content-Type")); err == nil && strings.HasPrefix(kind, "text/") {
		parameters["charset"] = "utf-8"
		header.Set("Content-Type", mime.FormatMediaType(kind, parameters))
	}
	return strings.ToValidUTF8(text[:min(len(text), portal.MaxBody)], "\uFFFD")
}

// setSent reads what was sent: fields of a form, of a query, or a text.
func (x *exchange) setSent(e *harEntry, asked http.Header) {
	posted := e.Request.PostData
	if posted == nil || x.method == http.MethodGet {
		x.fields = fieldsOf(x.url.RawQuery)
		return
	}
	kind, parameters, err := mime.ParseMediaType(posted.MimeType)
	if err != nil {
		kind, parameters, _ = mime.ParseMediaType(asked.Get("Content-Type"))
	}
	switch {
	case kind == "application/x-www-form-urlencoded" && posted.Text != "":
		x.fields = fieldsOf(posted.Text)
	case kind == "multipart/form-data" && posted.Text != "":
		x.fields = partsOf(posted.Text, parameters["boundary"])
	case len(posted.Params) > 0: // some browsers decode them, and write no text
		for _, p := range posted.Params[:min(len(posted.Params), maxFields)] {
			x.fields = append(x.fields, field{p.Name, p.Value})
		}
	default:
		x.text = posted.Text[:min(len(posted.Text), portal.MaxBody)]
		x.json = jsonOf(x.text)
	}
}

// fieldsOf reads a query. What cannot be decoded is taken as it is.
func fieldsOf(query string) []field {
	var fields []field
	for part := range strings.SplitSeq(query, "&") {
		if part == "" || len(fields) == maxFields {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		fields = append(fields, field{unescape(name), unescape(value)})
	}
	return fields
}

func unescape(text string) string {
	if plain, err := url.QueryUnescape(text); err == nil {
		return plain
	}
	return text
}

// partsOf reads the fields of a form that may have files; those have none here.
func partsOf(text, boundary string) []field {
	var fields []field
	reader := multipart.NewReader(strings.NewReader(text), boundary)
	for len(fields) < maxFields {
		part, err := reader.NextPart()
		if err != nil {
			break
		}
		if value, err := io.ReadAll(part); err == nil && part.FileName() == "" {
			fields = append(fields, field{part.FormName(), string(value)})
		}
	}
	return fields
}

// jsonOf reads a text as JSON; nil where it is none, or neither table nor list.
func jsonOf(text string) any {
	var value any
	if json.Unmarshal([]byte(text), &value) != nil {
		return nil
	}
	switch value.(type) {
	case map[string]any, []any:
		return value
	}
	return nil
}
