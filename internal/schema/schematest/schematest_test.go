package schematest

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

type rawDoor struct {
	Name  string            `toml:"name"`
	Kinds []word            `toml:"kinds"`
	Rooms map[string]room   `toml:"room"`
	Sizes map[string]int    `toml:"size"`
	Built time.Time         `toml:"built"`
	Extra any               `toml:"extra"`
	Open  *bool             `toml:"open"`
	Width float64           `toml:"width"`
	Short shorthand         `toml:"short"`
	None  map[string]string // not a key
}

type lock struct {
	Key int `toml:"key"`
}

type room struct {
	lock
	Doors []rawDoor `toml:"door"`
}

type word string

func (w *word) UnmarshalText([]byte) error { return nil }

type shorthand []string

func (s *shorthand) UnmarshalShorthand(any) error { return nil }

func keys() map[string]Key {
	return map[string]Key{
		"door.name": {Text: "what it is called", Required: true}, "door.kinds": {Text: "what it is", Words: []string{"oak", "ash"}},
		"door.room": {Text: "where it leads"}, "door.size": {Text: "in centimetres", Min: 1, Max: 9}, "door.built": {Text: "when"},
		"door.extra": {Text: "anything"}, "door.open": {Text: "now"}, "door.width": {Text: "in metres"}, "door.short": {Text: "one or more"},
		"room.door": {Text: "how to leave"}, "lock.key": {Text: "its number"},
	}
}

func TestOf(t *testing.T) {
	got, err := Of("A door", rawDoor{}, keys())
	if err != nil {
		t.Fatal(err)
	}
	squeezed := strings.Join(strings.Fields(string(got)), " ")
	for _, want := range []string{
		`"$schema": "https://json-schema.org/draft/2020-12/schema"`, `"title": "A door"`, `"required": [ "name" ]`, `"additionalProperties": false`,
		`"name": { "type": "string", "description": "what it is called" }`,
		`"kinds": { "type": "array", "items": { "type": "string", "enum": [ "oak", "ash" ] }, "description": "what it is" }`,
		`"room": { "type": "object", "description": "where it leads", "additionalProperties": { "$ref": "#/$defs/room" } }`,
		`"size": { "type": "object", "description": "in centimetres", "additionalProperties": { "type": "integer", "minimum": 1, "maximum": 9 } }`,
		`"built": { "type": "string", "description": "when", "format": "date-time" }`, `"extra": { "description": "anything" }`,
		`"open": { "type": "boolean", "description": "now" }`, `"width": { "type": "number", "description": "in metres" }`,
		`"anyOf": [ { "type": "string" }, { "type": "array", "items": { "type": "string" } } ]`,
		`"door": { "type": "array", "items": { "$ref": "#/$defs/door" }, "description": "how to leave" }`,
		`"key": { "type": "integer", "description": "its number" }`,
	} {
		if !strings.Contains(squeezed, want) {
			t.Errorf("no %s in %s", want, squeezed)
		}
	}
}

func TestOfMistakes(t *testing.T) {
	texts := keys()
	delete(texts, "lock.key")
	texts["lock.kye"] = Key{Text: "its number"}
	_, err := Of("A door", rawDoor{}, texts)
	if diff := cmp.Diff("write schema: key lock.key has no text\nlock.kye is not a key", err.Error()); diff != "" {
		t.Error(diff)
	}
	if _, err := Of("", struct {
		C chan int `toml:"c"`
	}{}, map[string]Key{".c": {Text: "x"}}); err == nil || err.Error() != "write schema: a chan int has no schema" {
		t.Errorf("got %v", err)
	}
}
