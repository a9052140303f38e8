package pack_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hotspot-helper/plugins/pack"
	"hotspot-helper/plugins/replay"
	"hotspot-helper/portal/flow"
)

// object is the part of a JSON Schema that defines the format.
type object struct {
	Ref        string            `json:"$ref"`
	Type       string            `json:"type"`
	Enum       []string          `json:"enum"`
	AnyOf      []object          `json:"anyOf"`
	Items      *object           `json:"items"`
	Additional json.RawMessage   `json:"additionalProperties"`
	Properties map[string]object `json:"properties"`
	Defs       map[string]object `json:"$defs"`
}

// String describes the value of a key: a type, a table, a list or a table of them by name, and
// the words that are allowed.
func (o object) String() string {
	switch {
	case o.Ref != "":
		return strings.TrimPrefix(o.Ref, "#/$defs/")
	case len(o.AnyOf) > 0:
		var all []string
		for _, one := range o.AnyOf {
			all = append(all, one.String())
		}
		return strings.Join(all, " or ")
	case o.Items != nil:
		return "list of " + o.Items.String()
	case o.Type == "object":
		var value object
		if json.Unmarshal(o.Additional, &value) != nil {
			return o.Type
		}
		return "table of " + value.String()
	case len(o.Enum) > 0:
		return o.Type + " " + strings.Join(o.Enum, "|")
	case o.Type == "":
		return "anything"
	}
	return o.Type
}

// Format 1 is frozen: keys may be added to the file by hand, but never removed or changed.
func TestFormatIsFrozen(t *testing.T) {
	var lines []string
	for _, file := range []struct {
		name, schema string
	}{{"flow", flow.Schema()}, {"pack", pack.Schema()}, {"case", replay.Schema()}} {
		var root object
		if err := json.Unmarshal([]byte(file.schema), &root); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, keysOf(file.name, root)...)
		for _, table := range slices.Sorted(maps.Keys(root.Defs)) {
			lines = append(lines, keysOf(file.name+" "+table, root.Defs[table])...)
		}
	}
	text, err := os.ReadFile("testdata/format1.txt")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(strings.TrimSpace(string(text)), "\n"), lines); diff != "" {
		t.Errorf("testdata/format1.txt (-frozen +now):\n%s", diff)
	}
}

func keysOf(table string, o object) []string {
	var lines []string
	for _, key := range slices.Sorted(maps.Keys(o.Properties)) {
		lines = append(lines, fmt.Sprintf("%s: %s = %s", table, key, o.Properties[key]))
	}
	return lines
}
