package strict

import (
	"testing"

	"github.com/BurntSushi/toml"
)

// FuzzDecode: no panic, the same result twice, and a line for each value.
func FuzzDecode(f *testing.F) {
	f.Add([]byte("format = 1\n[[step]]\nid = 'a'\nfields = { x = 1, \"y\\\"\" = [ {a.b = 2} ] }\n"))
	f.Add([]byte("a.'b' = \"\"\"\n\\\"\"\"\"\"\"\n[t.u]\n[t]\n[[e]]\n[e.f]\n[[e.g]]\n"))
	f.Add([]byte("\ufeffa = 1979-05-27 07:32:00 # x\r\nb = [1, # ]\n2]\nID = ''\nid = ''\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		type inner struct {
			X []int `toml:"x"`
		}
		type target struct {
			ID     string             `toml:"id"`
			A      map[string]any     `toml:"a"`
			B      []map[string]inner `toml:"b"`
			Format int                `toml:"format"`
		}
		doc, err := Decode("f", data, new(target))
		_, again := Decode("f", data, new(target))
		if (err == nil) != (again == nil) || err != nil && err.Error() != again.Error() {
			t.Fatalf("two answers:\n%v\n%v", err, again)
		}
		if doc == nil {
			return
		}
		var root map[string]any
		meta, _ := toml.Decode(string(data), &root)
		if len(meta.Keys()) > 0 && doc.places == nil {
			t.Fatalf("no places, keys %q", meta.Keys())
		}
		everyPath(uniform(root), nil, func(path Path) {
			if _, ok := doc.places[path.key()]; !ok {
				t.Errorf("no place for %v", path)
			}
		})
	})
}

// everyPath visits each key and element below the path.
func everyPath(value any, path Path, visit func(Path)) {
	if len(path) > 0 {
		visit(path)
	}
	if table, ok := value.(map[string]any); ok {
		for key, below := range table {
			everyPath(below, path.with(key), visit)
		}
	}
	elements, _ := value.([]any)
	for i, below := range elements {
		everyPath(below, path.with(i), visit)
	}
}
