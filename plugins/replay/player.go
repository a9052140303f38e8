package replay

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"reflect"
	"strings"

	"hotspot-helper/portal"
)

// player is the portal of a case: a transport that answers what was recorded.
type player struct {
	answers []Answer
	used    []bool
	redact  func(string) string // of the session under way
	tell    func(request *http.Request, body []byte, answer *Answer)
	strange error // the first request that was not expected
}

// RoundTrip gives the first answer that was recorded to the request and not given yet.
func (p *player) RoundTrip(request *http.Request) (*http.Response, error) {
	body, err := readRequest(request)
	if err != nil {
		return nil, err
	}
	i, err := p.find(request, body)
	if err != nil {
		p.tell(request, body, nil)
		if p.strange == nil {
			p.strange = err
		}
		return nil, err
	}
	p.used[i] = true
	answer := &p.answers[i]
	p.tell(request, body, answer)
	if answer.Error != "" {
		return nil, errors.New(answer.Error)
	}
	return answer.response(request), nil
}

// readRequest reads a request's body, which is what a flow made: at most some kilobytes.
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

// find returns the number of the answer. Those to the request letter for letter come
// before those that are the same but for masked secrets.
func (p *player) find(request *http.Request, body []byte) (int, error) {
	asked := target(request)
	masked := p.redact(asked)
	var unlike error
	for _, same := range []func(string) bool{
		func(recorded string) bool { return recorded == asked },
		func(recorded string) bool { return p.redact(recorded) == masked },
	} {
		for i, answer := range p.answers {
			if p.used[i] || answer.method != request.Method || !same(answer.url) {
				continue
			}
			if unlike = answer.unlike(request, body); unlike == nil {
				return i, nil
			}
		}
	}
	if unlike != nil {
		return 0, fmt.Errorf("answer %s %s: %w", request.Method, masked, unlike)
	}
	return 0, fmt.Errorf("answer %s %s: no answer to it was recorded; %s", request.Method, masked, p.left())
}

// left names the answers that were not given yet.
func (p *player) left() string {
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

// target is the URL of a request as it goes over the wire: without a fragment.
func target(request *http.Request) string {
	u := *request.URL
	u.Fragment, u.RawFragment = "", ""
	return u.String()
}

// unlike says what the request should have held and did not.
func (a Answer) unlike(request *http.Request, body []byte) error {
	for name, want := range a.Form {
		values, sent := formOf(request, body)[name]
		switch {
		case !sent:
			return fmt.Errorf("the field %s is missing", name)
		case values[0] != want:
			return fmt.Errorf("the field %s has another value than was recorded", name)
		}
	}
	if a.JSON == nil {
		return nil
	}
	var sent any
	if err := json.Unmarshal(body, &sent); err != nil {
		return fmt.Errorf("want JSON: %w", err)
	}
	if !holds(sent, a.JSON) {
		return errors.New("the JSON that was sent differs from what was recorded")
	}
	return nil
}

// formOf returns the fields of a body in whatever encoding of forms.
func formOf(request *http.Request, body []byte) url.Values {
	kind, parameters, _ := mime.ParseMediaType(request.Header.Get("Content-Type"))
	if kind == "multipart/form-data" {
		copied := &http.Request{Method: http.MethodPost, Header: request.Header, Body: io.NopCloser(bytes.NewReader(body))}
		if parameters["boundary"] == "" || copied.ParseMultipartForm(portal.MaxBody) != nil {
			return nil
		}
		return copied.MultipartForm.Value
	}
	values, _ := url.ParseQuery(string(body)) // what is malformed is left out
	return values
}

// holds says whether what was sent has all that is wanted: each key of a table, each
// element of an array.
func holds(sent, want any) bool {
	switch want := want.(type) {
	case map[string]any:
		table, ok := sent.(map[string]any)
		for key, value := range want {
			ok = ok && holds(table[key], value)
		}
		return ok
	case []any:
		list, ok := sent.([]any)
		ok = ok && len(list) == len(want)
		for i := 0; ok && i < len(want); i++ {
			ok = holds(list[i], want[i])
		}
		return ok
	case int64: // TOML's; JSON has but one kind of number
		return sent == float64(want)
	default:
		return reflect.DeepEqual(sent, want)
	}
}

// response makes the HTTP response of an answer.
func (r *Response) response(request *http.Request) *http.Response {
	return &http.Response{
		StatusCode: r.Status, Status: fmt.Sprintf("%d %s", r.Status, http.StatusText(r.Status)),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: r.Header.http(), ContentLength: int64(len(r.data)),
		Body: io.NopCloser(bytes.NewReader(r.data)), Request: request,
	}
}

// http returns the header under canonical names.
func (h Header) http() http.Header {
	header := http.Header{}
	for name, values := range h {
		for _, value := range values {
			header.Add(name, value)
		}
	}
	return header
}
