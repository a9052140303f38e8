package har_test

import (
	"encoding/base64"
	"strings"

	"github.com/chromedp/cdproto/network"
)

// entry is an entry of a HAR 1.2, with the additions of Chromium.
type entry struct {
	Type     string   `json:"_resourceType"`
	Cache    struct{} `json:"cache"`
	Request  request  `json:"request"`
	Response response `json:"response"`
	Server   string   `json:"serverIPAddress"`
	Started  string   `json:"startedDateTime"`
	Time     float64  `json:"time"`
	Timings  timings  `json:"timings"`
}

type pair struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type timings struct {
	Send    float64 `json:"send"`
	Wait    float64 `json:"wait"`
	Receive float64 `json:"receive"`
}

type request struct {
	Method      string    `json:"method"`
	URL         string    `json:"url"`
	HTTPVersion string    `json:"httpVersion"`
	Headers     []pair    `json:"headers"`
	Query       []pair    `json:"queryString"`
	Cookies     []pair    `json:"cookies"`
	HeadersSize int       `json:"headersSize"`
	BodySize    int       `json:"bodySize"`
	PostData    *postData `json:"postData,omitempty"`
}

type postData struct {
	MimeType string `json:"mimeType"`
	Text     string `json:"text"`
	Params   []pair `json:"params,omitempty"`
}

type response struct {
	Status      int64   `json:"status"`
	StatusText  string  `json:"statusText"`
	HTTPVersion string  `json:"httpVersion"`
	Headers     []pair  `json:"headers"`
	Cookies     []pair  `json:"cookies"`
	Content     content `json:"content"`
	RedirectURL string  `json:"redirectURL"`
	HeadersSize int     `json:"headersSize"`
	BodySize    int     `json:"bodySize"`
}

type content struct {
	Size     int    `json:"size"`
	MimeType string `json:"mimeType"`
	Text     string `json:"text,omitempty"`
	Encoding string `json:"encoding,omitempty"`
}

// set stores a body, as text unless it is binary.
func (c *content) set(body []byte, binary bool) {
	c.Size, c.Text = len(body), string(body)
	if binary {
		c.Text, c.Encoding = base64.StdEncoding.EncodeToString(body), "base64"
	}
}

func newEntry(event *network.EventRequestWillBeSent) *entry {
	e := &entry{Type: strings.ToLower(event.Type.String())}
	r := event.Request
	e.Request = request{
		Method: r.Method, URL: r.URL + r.URLFragment, HTTPVersion: "HTTP/1.1", HeadersSize: -1, BodySize: 0,
		Headers: headers(r.Headers), Query: query(r.URL), Cookies: []pair{},
	}
	e.Response = response{HTTPVersion: "HTTP/1.1", HeadersSize: -1, BodySize: -1, Headers: []pair{}, Cookies: []pair{}}
	if r.HasPostData {
		e.Request.PostData = posted(r)
	}
	return e
}

// posted is the body of a request. The parameters of a form keep their encoding, as in
// Chromium.
func posted(r *network.Request) *postData {
	body := &postData{}
	for name, value := range r.Headers {
		if strings.EqualFold(name, "Content-Type") {
			body.MimeType, _ = value.(string) // it always is a string
		}
	}
	for _, part := range r.PostDataEntries {
		body.Text += string(part.Bytes)
	}
	if !strings.HasPrefix(body.MimeType, "application/x-www-form-urlencoded") {
		return body
	}
	for field := range strings.SplitSeq(body.Text, "&") {
		name, value, _ := strings.Cut(field, "=")
		body.Params = append(body.Params, pair{name, value})
	}
	return body
}

// answer stores the response.
func (e *entry) answer(r *network.Response) {
	e.Server = r.RemoteIPAddress
	e.Response.Status, e.Response.StatusText, e.Response.Headers = r.Status, r.StatusText, headers(r.Headers)
	e.Response.Content.MimeType = r.MimeType
	for _, h := range e.Response.Headers {
		if strings.EqualFold(h.Name, "Location") {
			e.Response.RedirectURL = h.Value
		}
	}
}
