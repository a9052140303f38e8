// Package schema describes TOML files to editors, by JSON Schemas made of the types that
// the files are decoded into.
package schema

import (
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/google/jsonschema-go/jsonschema"

	"hotspot-helper/internal/strict"
)

// draft is the version of JSON Schema.
const draft = "https://json-schema.org/draft/2020-12/schema"

// Key is what an editor is told of a key.
type Key struct {
	Text     string   // what it says, in a sentence or less
	Required bool     // in its table
	Words    []string // all that its text, or each text of its list, may be
	Min, Max int      // of its number; both 0: any
}

// Of returns the schema of a file. The keys are named by table and key, as "step.open": a
// table is called like its type in lower case, without "raw" before and "file" behind it.
// The error names keys of the types that have no text, and texts that have no key.
func Of(title string, file any, keys map[string]Key) ([]byte, error) {
	w := &writer{keys: keys, used: map[string]bool{}, defs: map[string]*jsonschema.Schema{}}
	root := w.table(reflect.TypeOf(file))
	root.Schema, root.Title, root.Defs = draft, title, w.defs
	for name := range keys {
		if !w.used[name] {
			w.wrong("%s is no key", name)
		}
	}
	if err := errors.Join(w.errs...); err != nil {
		return nil, fmt.Errorf("write schema: %w", err)
	}
	return json.MarshalIndent(root, "", "  ")
}

// writer makes one schema.
type writer struct {
	keys map[string]Key
	used map[string]bool
	defs map[string]*jsonschema.Schema // of tables, by name
	errs []error
}

func (w *writer) wrong(format string, args ...any) {
	w.errs = append(w.errs, fmt.Errorf(format, args...))
}

// nameOf is what a table is called.
func nameOf(t reflect.Type) string {
	return strings.TrimSuffix(strings.TrimPrefix(strings.ToLower(t.Name()), "raw"), "file")
}

// table describes a struct.
func (w *writer) table(t reflect.Type) *jsonschema.Schema {
	s := &jsonschema.Schema{
		Type: "object", Properties: map[string]*jsonschema.Schema{},
		AdditionalProperties: &jsonschema.Schema{Not: &jsonschema.Schema{}},
	}
	w.fields(s, t)
	slices.Sort(s.Required)
	return s
}

// fields adds those of a struct, also of the ones embedded in it.
func (w *writer) fields(s *jsonschema.Schema, t reflect.Type) {
	for i := range t.NumField() {
		field := t.Field(i)
		name := field.Tag.Get("toml")
		switch {
		case field.Anonymous && name == "":
			w.fields(s, field.Type)
		case field.IsExported() && name != "":
			w.field(s, nameOf(t)+"."+name, name, field.Type)
		}
	}
}

func (w *writer) field(s *jsonschema.Schema, full, name string, t reflect.Type) {
	key, ok := w.keys[full]
	if !ok || key.Text == "" {
		w.wrong("key %s has no text", full)
	}
	w.used[full] = true
	value := w.value(t, key)
	value.Description = key.Text
	s.Properties[name] = value
	s.PropertyOrder = append(s.PropertyOrder, name)
	if key.Required {
		s.Required = append(s.Required, name)
	}
}

// value describes what may stand behind a key.
func (w *writer) value(t reflect.Type, key Key) *jsonschema.Schema {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case t == reflect.TypeFor[time.Time]():
		return &jsonschema.Schema{Type: "string", Format: "date-time"}
	case reflect.PointerTo(t).Implements(reflect.TypeFor[strict.Shorthand]()):
		return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{{Type: "string"}, w.kind(t, key)}}
	case reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()):
		return &jsonschema.Schema{Type: "string", Enum: enum(key.Words)}
	default:
		return w.kind(t, key)
	}
}

func (w *writer) kind(t reflect.Type, key Key) *jsonschema.Schema {
	switch t.Kind() {
	case reflect.Struct:
		name := nameOf(t)
		if _, known := w.defs[name]; !known {
			w.defs[name] = nil // where a table holds itself
			w.defs[name] = w.table(t)
		}
		return &jsonschema.Schema{Ref: "#/$defs/" + name}
	case reflect.Map:
		return &jsonschema.Schema{Type: "object", AdditionalProperties: w.value(t.Elem(), key)}
	case reflect.Slice:
		return &jsonschema.Schema{Type: "array", Items: w.value(t.Elem(), key)}
	case reflect.String:
		return &jsonschema.Schema{Type: "string", Enum: enum(key.Words)}
	case reflect.Bool:
		return &jsonschema.Schema{Type: "boolean"}
	case reflect.Int, reflect.Int64, reflect.Uint16:
		return number("integer", key)
	case reflect.Float64:
		return number("number", key)
	case reflect.Interface:
		return &jsonschema.Schema{}
	default:
		w.wrong("a %v has no schema", t)
		return &jsonschema.Schema{}
	}
}

func enum(words []string) []any {
	var list []any
	for _, word := range words {
		list = append(list, word)
	}
	return list
}

func number(kind string, key Key) *jsonschema.Schema {
	s := &jsonschema.Schema{Type: kind}
	if key.Min != 0 || key.Max != 0 {
		low, high := float64(key.Min), float64(key.Max)
		s.Minimum, s.Maximum = &low, &high
	}
	return s
}
