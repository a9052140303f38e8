package flow

import (
	"encoding/json"
	"strings"
	"sync"

	"hotspot-helper/internal/web"
	"hotspot-helper/portal/wispr"
)

// body is a decoded body of a page. It caches what is costly to read.
type body struct {
	text  string // empty if a decoder failed
	json  func() (any, error)
	wispr func() wispr.Message
}

func newBody(v *view, decode []string) *body {
	text := v.decoded(v.page.Body, decode)
	return &body{
		text: text,
		json: sync.OnceValues(func() (any, error) {
			if !v.work.Spend(readPerByte * len(text)) {
				return nil, v.work.Err()
			}
			if v.nodes += jsonNodes(text); v.nodes > maxNodes {
				return nil, web.ErrTooComplex
			}
			return decodeJSON(text), nil
		}),
		wispr: sync.OnceValue(func() wispr.Message {
			if !v.work.Spend(readPerByte * len(text)) {
				return wispr.Message{}
			}
			if message, ok := wispr.Find(text); ok {
				return message
			}
			return v.wisprOfHops(decode)
		}),
	}
}

// jsonNodes returns an upper bound of the values and keys of a JSON text: a comma, colon or
// bracket stands before each.
func jsonNodes(text string) int {
	nodes := 1
	for i := range len(text) {
		switch text[i] {
		case ',', ':', '[', '{':
			nodes++
		}
	}
	return nodes
}

// decodeJSON decodes the first value of a body. Numbers keep their spelling.
func decodeJSON(body string) any {
	decoder := json.NewDecoder(strings.NewReader(strings.TrimPrefix(body, "\ufeff")))
	decoder.UseNumber()
	var value any
	if decoder.Decode(&value) != nil {
		return nil
	}
	return value
}

// wisprSource finds elements of the WISPr message of a page.
type wisprSource struct {
	element string
	decode  []string
}

func (s wisprSource) String() string { return "wispr " + s.element + behind(s.decode) }

func (s wisprSource) values(v *view, _ int) []string {
	return v.body(s.decode).wispr().Value(s.element)
}

// xmlSource finds elements of a body that is XML, or nearly.
type xmlSource struct {
	element string
	decode  []string
}

func (s xmlSource) String() string { return "xml " + s.element + behind(s.decode) }

func (s xmlSource) values(v *view, _ int) []string {
	text := v.body(s.decode).text
	if !v.work.Spend(readPerByte * len(text)) {
		return nil
	}
	values := web.ElementTexts(text, s.element)
	for _, value := range values {
		v.work.Spend(len(value))
	}
	return values
}
