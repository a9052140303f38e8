package replay

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"hotspot-helper/internal/redact"
	"hotspot-helper/portal"
)

// player is a transport that answers requests from a case.
type player struct {
	answers    []Answer
	used       []bool
	clock      clock
	session    *portal.Session // whose secrets are redacted; nil before the first
	onExchange func(request *http.Request, body []byte, answer *Answer)
	unexpected error // of the first request that was not recorded
}

// RoundTrip returns the first unused answer to the request.
func (p *player) RoundTrip(request *http.Request) (*http.Response, error) {
	body, err := readRequest(request)
	if err != nil {
		return nil, err
	}
	i, err := p.find(request, body)
	if ended := request.Context().Err(); ended != nil {
		return nil, ended // not for want of an answer
	}
	if err != nil {
		p.onExchange(request, body, nil)
		if p.unexpected == nil {
			p.unexpected = err
		}
		return nil, err
	}
	p.used[i] = true
	answer := &p.answers[i]
	p.clock.now = p.clock.now.Add(time.Duration(answer.Took) * time.Second)
	p.onExchange(request, body, answer)
	if answer.Error != "" {
		return nil, errorOf(answer.Error)
	}
	return answer.response(request), nil
}

// errorOf returns the error with a recorded text. Flows tell connections that were closed from others.
func errorOf(text string) error {
	for _, ended := range []error{io.EOF, io.ErrUnexpectedEOF, syscall.ECONNRESET, syscall.EPIPE} {
		if before, found := strings.CutSuffix(text, ended.Error()); found {
			return fmt.Errorf("%s%w", before, ended)
		}
	}
	return errors.New(text)
}

// redact masks the secrets of the session.
func (p *player) redact(text string) string {
	if p.session == nil {
		return text
	}
	return p.session.Redact(text)
}

// readRequest reads the body of a request.
func readRequest(request *http.Request) ([]byte, error) {
	if request.Body == nil {
		return nil, nil
	}
	defer request.Body.Close()
	body, err := io.ReadAll(io.LimitReader(request.Body, portal.MaxBody))
	if err != nil {
		return nil, fmt.Errorf("read request: %w", err)
	}
	return body, nil
}

// find returns the index of the answer: an exact match, else one that matches after
// redaction. It ends with the request.
func (p *player) find(request *http.Request, body []byte) (int, error) {
	asked := target(request)
	masked := p.redact(asked)
	asking := newAsked(request, body)
	var mismatch error
	for _, same := range []func(string) bool{
		func(recorded string) bool { return recorded == asked },
		func(recorded string) bool { return p.redact(recorded) == masked },
	} {
		for i, answer := range p.answers {
			if err := request.Context().Err(); err != nil {
				return 0, err
			}
			if p.used[i] || answer.method != request.Method || !same(answer.url) {
				continue
			}
			if mismatch = answer.mismatch(asking, p.redact); mismatch == nil {
				return i, nil
			}
		}
	}
	if mismatch != nil {
		return 0, fmt.Errorf("answer %s %s: %w", request.Method, masked, mismatch)
	}
	return 0, fmt.Errorf("answer %s %s: no answer to it was recorded; %s", request.Method, masked, p.unused())
}

// unused describes the answers that were not used yet.
func (p *player) unused() string {
	var left []string
	for i, answer := range p.answers {
		if !p.used[i] {
			left = append(left, p.redact(answer.To))
		}
	}
	if len(left) == 0 {
		return "all that were recorded are given"
	}
	const most = 5
	if len(left) > most {
		left = append(left[:most], "…")
	}
	return "recorded, and not asked for yet: " + strings.Join(left, ", ")
}

// target returns the URL of a request without its fragment.
func target(request *http.Request) string {
	u := *request.URL
	u.Fragment, u.RawFragment = "", ""
	return u.String()
}

// askedRequest is a request whose body is read once, whatever number of answers and fields it is compared with.
type askedRequest struct {
	header http.Header
	form   func() url.Values
	json   func() (any, error)
}

func newAsked(request *http.Request, body []byte) askedRequest {
	return askedRequest{
		header: request.Header,
		form:   sync.OnceValue(func() url.Values { return formOf(request, body) }),
		json: sync.OnceValues(func() (any, error) {
			var value any
			err := json.Unmarshal(body, &value)
			return value, err
		}),
	}
}

// mismatch returns what the request lacks, nil if it has all headers, fields and JSON of the
// answer. Secrets in headers are compared as they are, or redacted.
func (a Answer) mismatch(request askedRequest, mask func(string) string) error {
	for _, name := range slices.Sorted(maps.Keys(a.Sent)) {
		values := request.header.Values(name)
		switch {
		case len(values) == 0:
			return fmt.Errorf("the header %s is missing", name)
		case !sameSent(values[0], a.Sent[name], mask):
			return fmt.Errorf("the header %s has another value than was recorded", name)
		}
	}
	for name, want := range a.Form {
		values, found := request.form()[name]
		switch {
		case !found:
			return fmt.Errorf("the field %s is missing", name)
		case values[0] != want:
			return fmt.Errorf("the field %s has another value than was recorded", name)
		}
	}
	if a.JSON == nil {
		return nil
	}
	value, err := request.json()
	if err != nil {
		return fmt.Errorf("want JSON: %w", err)
	}
	if !containsJSON(value, a.JSON) {
		return errors.New("the JSON that was sent differs from what was recorded")
	}
	return nil
}

// sameSent reports whether the value of a header is the recorded one, in which [redacted] stands
// for a secret.
func sameSent(value, recorded string, mask func(string) string) bool {
	if value == recorded || mask(value) == mask(recorded) {
		return true
	}
	before, after, hasSecret := strings.Cut(recorded, redact.Mask)
	return hasSecret && mask(value) != value && len(value) > len(before)+len(after) &&
		strings.HasPrefix(value, before) && strings.HasSuffix(value, after)
}

// formOf returns the form fields of a body in any enctype.
func formOf(request *http.Request, body []byte) url.Values {
	kind, parameters, _ := mime.ParseMediaType(request.Header.Get("Content-Type"))
	if kind == "multipart/form-data" {
		copied := &http.Request{Method: http.MethodPost, Header: request.Header, Body: io.NopCloser(bytes.NewReader(body))}
		if parameters["boundary"] == "" || copied.ParseMultipartForm(portal.MaxBody) != nil {
			return nil
		}
		return copied.MultipartForm.Value
	}
	values, _ := url.ParseQuery(string(body)) // without malformed fields
	return values
}

// containsJSON reports whether sent contains all of want: each key of an object, each
// element of an array.
func containsJSON(sent, want any) bool {
	switch want := want.(type) {
	case map[string]any:
		table, ok := sent.(map[string]any)
		for key, value := range want {
			ok = ok && containsJSON(table[key], value)
		}
		return ok
	case []any:
		list, ok := sent.([]any)
		ok = ok && len(list) == len(want)
		for i := 0; ok && i < len(want); i++ {
			ok = containsJSON(list[i], want[i])
		}
		return ok
	case int64: // from TOML; JSON numbers are float64
		return sent == float64(want)
	default:
		return reflect.DeepEqual(sent, want)
	}
}

// response returns the HTTP response of an answer.
func (r *Response) response(request *http.Request) *http.Response {
	return NewResponse(request, r.Status, r.Header.http(), string(r.data))
}

// NewResponse returns an HTTP response to a request.
func NewResponse(request *http.Request, status int, header http.Header, body string) *http.Response {
	return &http.Response{
		StatusCode: status, Status: fmt.Sprintf("%d %s", status, http.StatusText(status)),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: header, ContentLength: int64(len(body)),
		Body: io.NopCloser(strings.NewReader(body)), Request: request,
	}
}

// http returns the header with canonical names.
func (h Header) http() http.Header {
	header := http.Header{}
	for name, values := range h {
		for _, value := range values {
			header.Add(name, value)
		}
	}
	return header
}
