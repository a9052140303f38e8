package live

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// exchangeCall is what a helper asks the agent to send.
type exchangeCall struct {
	Method    string            `json:"method"`
	URL       string            `json:"url"`
	Headers   map[string]string `json:"headers"`
	Form      formFields        `json:"form"`
	JSON      json.RawMessage   `json:"json"`
	Body      string            `json:"body"`
	Redirects *bool             `json:"redirects"`
	Step      string            `json:"step"`
}

// The limits of one exchange, beside those of a session.
const (
	maxHeaders = 20
	maxFields  = 100     // of a form, and of a query
	maxURL     = 8 << 10 // bytes
	maxSecrets = 1000    // of one flow, beside its inputs
	maxStep    = 64      // bytes
)

// exchangeReply is the portal's answer.
type exchangeReply struct {
	Status    int         `json:"status"`
	URL       string      `json:"url"`
	Headers   http.Header `json:"headers"`
	Body      string      `json:"body"`
	Truncated bool        `json:"truncated"`
	Refused   string      `json:"refused,omitempty"`
}

// formFields are the fields of a form, in the order of the text.
type formFields []formField

type formField struct{ name, value string }

// UnmarshalJSON reads an object whose values are strings, or arrays of strings.
func (f *formFields) UnmarshalJSON(text []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	token, err := decoder.Token()
	if err != nil {
		return err
	}
	if token == nil {
		return nil
	}
	if token != json.Delim('{') {
		return errors.New("want an object")
	}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return err
		}
		var value any
		if err := decoder.Decode(&value); err != nil {
			return err
		}
		if err := f.add(name, value); err != nil {
			return err
		}
	}
	_, err = decoder.Token()
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return err
}

func (f *formFields) add(name json.Token, value any) error {
	key, _ := name.(string)
	values, isList := value.([]any)
	if !isList {
		values = []any{value}
	}
	for _, one := range values {
		text, ok := one.(string)
		if !ok {
			return fmt.Errorf("field %q: want a string, or an array of strings", key)
		}
		*f = append(*f, formField{key, text})
	}
	return nil
}

// check returns what is wrong with a call.
func (c *exchangeCall) check() *callError {
	bodies := c.bodies()
	if c.Method == "" && bodies > 0 {
		c.Method = http.MethodPost
	}
	switch {
	case bodies > 1:
		return invalid("more than one of form, json and body")
	case c.Method != "" && c.Method != http.MethodGet && c.Method != http.MethodPost:
		return invalid("method: want GET or POST")
	case c.Method != http.MethodPost && bodies > 0:
		return invalid("method: only a POST has a body")
	case c.Step != "" && (len(c.Step) > maxStep || !inputName.MatchString(strings.ReplaceAll(c.Step, "-", "_"))):
		return invalid("step: want a name of letters, digits, dashes and underscores")
	}
	return c.checkSize()
}

// checkSize returns what a call has too much of.
func (c *exchangeCall) checkSize() *callError {
	switch {
	case len(c.Headers) > maxHeaders:
		return invalid("headers: too many")
	case len(c.Form) > maxFields:
		return invalid("form: too many fields")
	case len(c.URL) > maxURL:
		return invalid("url: too long")
	case len(strings.FieldsFunc(c.URL, isSeparator)) > maxFields:
		return invalid("url: too many parameters")
	}
	return nil
}

// bodies counts the kinds of bodies that a call has.
func (c *exchangeCall) bodies() (n int) {
	for _, has := range []bool{len(c.Form) > 0, len(c.JSON) > 0, c.Body != ""} {
		if has {
			n++
		}
	}
	return n
}

func invalid(what string) *callError {
	return &callError{errParameter, map[string]string{"parameter": what}}
}
