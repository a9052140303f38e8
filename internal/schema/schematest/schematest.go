// Package schematest generates JSON Schemas, by which editors check TOML files, from the
// types that the files are decoded into. The product embeds the generated files.
package schematest

import (
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/jsonschema-go/jsonschema"

	"hotspot-helper/internal/strict"
)

// dialect is the version of JSON Schema.
const dialect = "https://json-schema.org/draft/2020-12/schema"

// Key describes a key.
type Key struct {
	Text     string   // for people, at most a sentence
	Required bool     // in its table
	Words    []string // the allowed values of a string, or of each string of a list
	Min, Max int      // of a number; both 0: any
}

// Check compares a schema.json in the current directory, as the product embeds it, with
// [Of]. If update is set, it writes the file instead.
func Check(t *testing.T, embedded string, update bool, title string, file any, keys map[string]Key) {
	t.Helper()
	want, err := Of(title, file, keys)
	if err != nil {
		t.Fatal(err)
	}
	want = append(want, '\n')
	switch {
	case update:
		if err := os.WriteFile("schema.json", want, 0o644); err != nil {
			t.Fatal(err)
		}
	case embedded != string(want):
		t.Errorf("schema.json does not match the types: go test -run %s -update", t.Name())
	}
}

// Of returns the schema of a file. The keys are named by table and key, such as
// "step.open": the name of a table is that of its type in lower case, without the prefix
// "raw" and the suffix "file". The error names keys without a text, and texts without a key.
func Of(title string, file any, keys map[string]Key) ([]byte, error) {
	w := &writer{keys: keys, used: map[string]bool{}, defs: map[string]*jsonschema.Schema{}}
	root := w.table(reflect.TypeOf(file))
	root.Schema, root.Title, root.Defs = dialect, title, w.defs
	for name := range keys {
		if !w.used[name] {
			w.wrong("%s is not a key", name)
		}
	}
	if err := errors.Join(w.errs...); err != nil {
		return nil, fmt.Errorf("write schema: %w", err)
	}
	return json.MarshalIndent(root, "", "  ")
}

// writer generates one schema.
type writer struct {
	keys map[string]Key
	used map[string]bool
	defs map[string]*jsonschema.Schema // of tables, by name
	errs []error
}

func (w *writer) wrong(format string, args ...any) {
	w.errs = append(w.errs, fmt.Errorf(format, args...))
}

// nameOf returns the name of a table.
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

// fields adds the fields of a struct and of structs embedded in it.
func (w *writer) fields(s *jsonschema.Schema, t reflect.Type) {
	for i := range t.NumField() {
		field := t.Field(i)
		name := field.Tag.Get("toml")
		switch {
		case field.Anonymous && name == "":
			w.fields(s, field.Type)
		case field.IsExported() && name != "" && name != "-":
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

// value describes the value of a key.
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
			w.defs[name] = nil // ends the recursion if a table contains itself
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
