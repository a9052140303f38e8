package devtools

import (
	"encoding/base64"
	"encoding/json"
	"strings"

	"hotspot-helper/plugins/record"
)

// headers are the headers of a request or a response.
type headers map[string]string

// request is Network.Request.
type request struct {
	URL      string  `json:"url"`
	Method   string  `json:"method"`
	Headers  headers `json:"headers"`
	HasBody  bool    `json:"hasPostData"`
	BodyText string  `json:"postData"`
	Body     []struct {
		Bytes string `json:"bytes"` // in base64; empty: a file
	} `json:"postDataEntries"`
}

// response is Network.Response.
type response struct {
	Status   int     `json:"status"`
	Headers  headers `json:"headers"`
	MimeType string  `json:"mimeType"`
}

// networkEvent has the parameters of the events of a request.
type networkEvent struct {
	ID               string    `json:"requestId"`
	Frame            string    `json:"frameId"`
	Type             string    `json:"type"`
	Request          request   `json:"request"`
	Response         *response `json:"response"`
	RedirectResponse *response `json:"redirectResponse"`
	RedirectHasExtra bool      `json:"redirectHasExtraInfo"`
	HasExtra         bool      `json:"hasExtraInfo"`
	Headers          headers   `json:"headers"` // of extra information
}

// handleRequest handles an event of a request.
func (r *Recorder) handleRequest(m message) {
	event, ok := strings.CutPrefix(m.Method, "Network.")
	if !ok {
		return
	}
	var e networkEvent
	switch event {
	case "requestWillBeSent", "requestWillBeSentExtraInfo", "responseReceived", "responseReceivedExtraInfo", "dataReceived", "loadingFinished", "loadingFailed":
		if json.Unmarshal(m.Params, &e) != nil || e.ID == "" || max(len(e.ID), len(e.Frame)) > maxID {
			return
		}
	}
	switch event {
	case "requestWillBeSent":
		r.begin(m.Session, &e)
	case "requestWillBeSentExtraInfo", "responseReceivedExtraInfo":
		r.addExtra(event, &e)
	case "responseReceived":
		r.answer(m.Session, &e)
	case "dataReceived":
		r.setReader(m.Session, e.ID)
	case "loadingFinished":
		if r.finish(m.Session, e.ID) {
			r.navigated()
		}
	case "loadingFailed":
		r.mu.Lock()
		defer r.mu.Unlock()
		r.requests.end(e.ID)
		delete(r.requests.reading, e.ID)
	}
}

// maxID is the maximum length of the ID of a request or a frame.
const maxID = 200

// begin records a request, and the redirect that it follows.
func (r *Recorder) begin(session string, e *networkEvent) {
	r.mu.Lock()
	before := r.requests.chains[e.ID].last()
	switch {
	case e.RedirectResponse != nil && before != nil:
		r.requests.answer(before, e.RedirectResponse, e.RedirectHasExtra)
	case before != nil: // two targets report one request
		r.mu.Unlock()
		return
	}
	entry := &record.Entry{
		Type: strings.ToLower(e.Type), Method: e.Request.Method, URL: e.Request.URL, RequestHeader: headerOf(e.Request.Headers),
	}
	entry.Posted = posted(&e.Request, entry.RequestHeader.Get("Content-Type"))
	kept := mayBeLogin(entry) && r.requests.keep(sizeOf(entry)) && r.requests.begin(e.ID, session, entry)
	r.mu.Unlock()
	if kept && e.Request.HasBody && entry.Posted == nil {
		r.call(session, "Network.getRequestPostData", params{"requestId": e.ID}, func(result result) { r.setPosted(entry, result) })
	}
}

// posted returns the body of a request, nil if it is not known.
func posted(q *request, mimeType string) *record.Posted {
	var text []byte
	for _, part := range q.Body {
		data, err := base64.StdEncoding.DecodeString(part.Bytes)
		if err != nil {
			break
		}
		text = append(text, data...)
	}
	if len(text) == 0 {
		text = []byte(q.BodyText)
	}
	if len(text) == 0 {
		return nil
	}
	return &record.Posted{MimeType: mimeType, Text: string(text)}
}

// setPosted sets the body of a request from the result of Network.getRequestPostData.
func (r *Recorder) setPosted(entry *record.Entry, result result) {
	text, ok := r.requests.body(result.Result)
	if ok {
		entry.Posted = &record.Posted{MimeType: entry.RequestHeader.Get("Content-Type"), Text: text}
	}
}

// addExtra records what the network process tells of a request or a response: it may come before or
// after the rest.
func (r *Recorder) addExtra(event string, e *networkEvent) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c, header := r.requests.chain(e.ID), headerOf(e.Headers)
	if c == nil || !r.requests.keep(sizeOfHeader(header)) {
		return
	}
	if event == "requestWillBeSentExtraInfo" {
		c.sent = append(c.sent, header)
	} else {
		c.received = append(c.received, header)
	}
}

// answer records a response.
func (r *Recorder) answer(session string, e *networkEvent) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := r.requests.chains[e.ID]
	h := c.last()
	if h == nil || e.Response == nil {
		return
	}
	c.session, c.frame, r.requests.reading[e.ID] = session, e.Frame, c
	if kind := strings.ToLower(e.Type); kind != "" && len(kind) <= maxWord {
		h.entry.Type = kind
	}
	r.requests.answer(h, e.Response, e.HasExtra)
}

// answer sets the response of a hop.
func (r *requests) answer(h *hop, from *response, hasExtra bool) {
	header, mimeType := headerOf(from.Headers), from.MimeType
	if len(mimeType) > maxWord {
		mimeType = ""
	}
	if !r.keep(sizeOfHeader(header) + len(mimeType)) {
		return
	}
	h.hasExtra = hasExtra
	h.entry.Status, h.entry.Header, h.entry.MimeType = from.Status, header, mimeType
}

// content is a body as the protocol has it.
type content struct {
	Body     string `json:"body"`
	PostData string `json:"postData"`
	IsBase64 bool   `json:"base64Encoded"`
}

func bodyOf(text json.RawMessage) content {
	var c content
	if json.Unmarshal(text, &c) != nil {
		return content{}
	}
	return c
}

// body returns the body of a request that is kept.
func (r *requests) body(text json.RawMessage) (string, bool) {
	c := bodyOf(text)
	if c.IsBase64 {
		data, err := base64.StdEncoding.DecodeString(c.PostData)
		if err != nil {
			return "", false
		}
		c.PostData = string(data)
	}
	return c.PostData, c.PostData != "" && len(c.PostData) <= maxBody && r.keep(len(c.PostData))
}
