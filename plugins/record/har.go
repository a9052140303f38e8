// Package record drafts a pack from an HTTP Archive (HAR 1.2), in which a browser recorded a
// login by hand.
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

// The limits of a capture. A login takes a few dozen requests; the rest are other requests
// of the browser.
const (
	MaxFile    = 64 << 20 // bytes of a HAR
	maxEntries = 20000
	maxPairs   = 1000     // headers or fields of one request; the rest is left out
	maxFields  = 200      // of one request
	maxJSON    = 64 << 10 // bytes of a body in JSON

	maxExchanges = 1000 // pages and requests of scripts
)

// Capture is a recording of a browser: its requests in order, with the responses.
type Capture struct{ exchanges []*exchange }

// har is the relevant part of HAR 1.2 (http://www.softwareishard.com/blog/har-12-spec/), with
// _resourceType, which Chromium adds.
type har struct {
	Log struct {
		Entries harEntries `json:"entries"`
	} `json:"log"`
}

type harEntry struct {
	Started string `json:"startedDateTime"`
	Type    string `json:"_resourceType"`
	Request struct {
		Method   string   `json:"method"`
		URL      string   `json:"url"`
		Headers  harPairs `json:"headers"`
		PostData *struct {
			MimeType string   `json:"mimeType"`
			Text     string   `json:"text"`
			Params   harPairs `json:"params"`
		} `json:"postData"`
	} `json:"request"`
	Response struct {
		Status  int      `json:"status"`
		Headers harPairs `json:"headers"`
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

// Read reads a HAR of a browser's developer tools. It leaves out requests without a response,
// other schemes than http and https, and assets.
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
		return nil, fmt.Errorf("read capture: not a HAR: %w", err)
	}
	entries := file.Log.Entries.list
	if n := file.Log.Entries.count; n == 0 || n > maxEntries {
		return nil, fmt.Errorf("read capture: it has %d requests, want 1 to %d", n, maxEntries)
	}
	sortByTime(entries)
	c := &Capture{}
	for i := range entries {
		if x := entries[i].exchange(); x != nil {
			if len(c.exchanges) == maxExchanges {
				return nil, fmt.Errorf("read capture: more than %d pages and requests of scripts; record the login alone", maxExchanges)
			}
			c.exchanges = append(c.exchanges, x)
		}
	}
	if len(c.exchanges) == 0 {
		return nil, errors.New("read capture: it contains no page")
	}
	return c, nil
}

// exchange returns the exchange of an entry, nil if it is not relevant.
func (e *harEntry) exchange() *exchange {
	if len(e.Request.URL) > portal.MaxURL || e.Response.Status < 200 || e.Response.Status > 599 {
		return nil
	}
	u, err := web.ResolveReference(nil, e.Request.URL) // as Location is read, so that both have one spelling
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil
	}
	if _, err := portal.NewHostList(portal.Config{Hosts: []string{u.Hostname()}}); err != nil {
		return nil // no flow may talk to such a host
	}
	u.Fragment, u.RawFragment, u.User = "", "", nil
	request, response := headerOf(e.Request.Headers), headerOf(e.Response.Headers)
	x := &exchange{method: e.Request.Method, url: u, kind: e.kind(request)}
	if x.kind == asset || x.method != http.MethodGet && x.method != http.MethodPost {
		return nil
	}
	body := e.body(response)
	x.bodyMissing = body == "" && e.Response.Content.Size > 0
	x.page = &portal.Page{URL: u, Status: e.Response.Status, Header: response, Body: body}
	x.setLocation(e.Response.RedirectURL)
	x.setRequest(e, request)
	return x
}

func headerOf(pairs harPairs) http.Header {
	header := http.Header{}
	for _, p := range pairs.list {
		if !strings.HasPrefix(p.Name, ":") { // pseudo-header of HTTP/2
			header.Add(p.Name, p.Value)
		}
	}
	return header
}

// kind returns the purpose of the request. Firefox shows it only in headers.
func (e *harEntry) kind(request http.Header) kind {
	accept := request.Get("Accept")
	mimeType, _, _ := mime.ParseMediaType(e.Response.Content.MimeType)
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

// body returns the body of the response in UTF-8 and sets the charset in the header. A HAR
// contains text as Unicode and other bytes in base64.
func (e *harEntry) body(header http.Header) string {
	content := e.Response.Content
	text := content.Text
	if content.Encoding == "base64" {
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
func (x *exchange) setRequest(e *harEntry, request http.Header) {
	posted := e.Request.PostData
	if posted == nil || x.method == http.MethodGet {
		x.fields = fieldsOf(x.url.RawQuery)
		return
	}
	kind, parameters, err := mime.ParseMediaType(posted.MimeType)
	if err != nil {
		kind, parameters, _ = mime.ParseMediaType(request.Get("Content-Type"))
	}
	switch {
	case kind == "application/x-www-form-urlencoded" && posted.Text != "":
		x.fields = fieldsOf(posted.Text)
	case kind == "multipart/form-data" && posted.Text != "":
		x.fields = partsOf(posted.Text, parameters["boundary"])
	case len(posted.Params.list) > 0: // some browsers record only decoded fields
		for _, p := range posted.Params.list[:min(len(posted.Params.list), maxFields)] {
			x.fields = append(x.fields, field{p.Name, p.Value})
		}
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

// partsOf returns the fields of a multipart form without files.
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
