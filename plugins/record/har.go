package record

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
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
		Method   string          `json:"method"`
		URL      string          `json:"url"`
		Headers  json.RawMessage `json:"headers"` // see harPairs
		PostData *struct {
			MimeType string          `json:"mimeType"`
			Text     string          `json:"text"`
			Params   json.RawMessage `json:"params"`
		} `json:"postData"`
	} `json:"request"`
	Response struct {
		Status  int             `json:"status"`
		Headers json.RawMessage `json:"headers"`
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
	recorded, pairs := make([]*Entry, 0, len(entries)), harPairs{left: maxAll}
	for i := range entries {
		e, err := entries[i].entry(&pairs)
		if err != nil {
			return nil, fmt.Errorf("read capture: %w", err)
		}
		recorded, entries[i] = append(recorded, e), harEntry{}
	}
	return New(recorded, nil)
}

// entry returns the entry of a recording.
func (h *harEntry) entry(pairs *harPairs) (*Entry, error) {
	content := h.Response.Content
	asked, err := pairs.header(h.Request.Headers)
	if err != nil {
		return nil, err
	}
	answered, err := pairs.header(h.Response.Headers)
	if err != nil {
		return nil, err
	}
	e := &Entry{
		Type: h.Type, Method: h.Request.Method, URL: h.Request.URL, RequestHeader: asked,
		Status: h.Response.Status, Header: answered, RedirectURL: h.Response.RedirectURL,
		MimeType: content.MimeType, Body: content.Text, IsBase64: content.Encoding == "base64", Size: content.Size,
	}
	posted := h.Request.PostData
	if posted == nil {
		return e, nil
	}
	e.Posted = &Posted{MimeType: posted.MimeType, Text: posted.Text}
	return e, pairs.read(posted.Params, func(p harPair) error {
		if len(e.Posted.fields) == maxPairs {
			return fmt.Errorf("a request has more than %d fields; record the login alone", maxPairs)
		}
		e.Posted.fields = append(e.Posted.fields, field{p.Name, p.Value})
		return nil
	})
}
