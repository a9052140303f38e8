package live

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
)

// decode decodes what a helper says. The error is in the words of JSON.
func decode(text json.RawMessage, into any) error {
	if len(text) == 0 {
		return errors.New("there are no parameters")
	}
	err := json.Unmarshal(text, into)
	wrong, isType := errors.AsType[*json.UnmarshalTypeError](err)
	if !isType {
		return err
	}
	where := wrong.Field
	if where == "" {
		where = "parameters"
	}
	return fmt.Errorf("%s: want %s, not %s", cut(printableLine(where), maxReason), kindOf(wrong.Type), cut(printableLine(wrong.Value), maxReason))
}

// kindOf is what JSON calls a type.
func kindOf(known reflect.Type) string {
	switch known.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice:
		return "an array"
	case reflect.Struct, reflect.Map:
		return "an object"
	default:
		return "a whole number"
	}
}

// maxNotes is how many notes are kept of a helper.
const maxNotes = 20

// notes are what a helper says that nobody reads: members that are not known. They are for its author, since
// the agent passes over such members. Nil keeps none.
type notes struct {
	mu    sync.Mutex
	known map[string]bool
}

// all returns the notes, sorted.
func (n *notes) all() []string {
	if n == nil {
		return nil
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Sorted(maps.Keys(n.known))
}

// compare notes the members of an answer or a call that its type does not have.
func (n *notes) compare(what string, text json.RawMessage, known any) {
	var document any
	if n == nil || json.Unmarshal(text, &document) != nil {
		return
	}
	n.walk(what, "", document, reflect.TypeOf(known))
}

func (n *notes) walk(what, at string, node any, known reflect.Type) {
	switch node := node.(type) {
	case []any:
		if known.Kind() == reflect.Slice {
			for _, below := range node {
				n.walk(what, at, below, known.Elem())
			}
		}
	case map[string]any:
		if known.Kind() != reflect.Struct {
			return
		}
		for name, below := range node {
			if member, ok := known.FieldByNameFunc(func(field string) bool { return isMember(known, field, name) }); ok {
				n.walk(what, at+name+".", below, member.Type)
			} else {
				n.add(fmt.Sprintf("%s: it has a member %q, which is not known and is passed over", what, at+name))
			}
		}
	}
}

// isMember reports whether the field of a type has the name in JSON, as decoders read it.
func isMember(known reflect.Type, field, name string) bool {
	of, _ := known.FieldByName(field)
	tag, _, _ := strings.Cut(of.Tag.Get("json"), ",")
	return strings.EqualFold(tag, name)
}

func (n *notes) add(note string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.known == nil {
		n.known = map[string]bool{}
	}
	if len(n.known) < maxNotes {
		n.known[cut(printableLine(note), maxLoggedLine)] = true
	}
}
