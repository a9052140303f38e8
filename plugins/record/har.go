package record

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
)

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
// other schemes than http and https, and assets. Of scripts it keeps the text alone.
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
	if n := file.Log.Entries.count; n == 0 || n > MaxEntries {
		return nil, fmt.Errorf("read capture: it has %d requests, want 1 to %d", n, MaxEntries)
	}
	sortByTime(entries)
	recorded := make([]*Entry, 0, len(entries))
	for i := range entries {
		recorded = append(recorded, entries[i].entry())
	}
	return New(recorded, nil)
}

// entry returns the entry of a recording.
func (h *harEntry) entry() *Entry {
	content := h.Response.Content
	e := &Entry{
		Type: h.Type, Method: h.Request.Method, URL: h.Request.URL, RequestHeader: headerOf(h.Request.Headers),
		Status: h.Response.Status, Header: headerOf(h.Response.Headers), RedirectURL: h.Response.RedirectURL,
		MimeType: content.MimeType, Body: content.Text, IsBase64: content.Encoding == "base64", Size: content.Size,
	}
	posted := h.Request.PostData
	if posted == nil {
		return e
	}
	e.Posted = &Posted{MimeType: posted.MimeType, Text: posted.Text}
	for _, p := range posted.Params.list[:min(len(posted.Params.list), maxFields)] {
		e.Posted.fields = append(e.Posted.fields, field{p.Name, p.Value})
	}
	return e
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
