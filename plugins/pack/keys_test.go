package pack_test

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"hotspot-helper/plugins/pack"
	"hotspot-helper/plugins/replay"
	"hotspot-helper/portal/flow"
)

// compile returns the schema of one kind of file.
func compile(t *testing.T, text string) *jsonschema.Schema {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("file.json", document); err != nil {
		t.Fatal(err)
	}
	compiled, err := compiler.Compile("file.json")
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

// validate checks a file against a schema.
func validate(schema *jsonschema.Schema, text []byte) error {
	var file any
	if _, err := toml.Decode(string(text), &file); err != nil {
		return err
	}
	data, err := json.Marshal(file)
	if err != nil {
		return err
	}
	instance, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		return err
	}
	return schema.Validate(instance)
}

// Each shipped pack file and each recorded case is valid by its schema, and is not with an
// additional key.
func TestSchemas(t *testing.T) {
	packs, flows, cases := compile(t, pack.Schema()), compile(t, flow.Schema()), compile(t, replay.Schema())
	seen := map[*jsonschema.Schema]int{}
	dir := os.DirFS("../packs")
	err := fs.WalkDir(dir, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || path.Ext(name) != ".toml" {
			return err
		}
		schema := flows
		switch {
		case path.Base(name) == "pack.toml":
			schema = packs
		case path.Base(path.Dir(name)) == replay.Dir:
			schema = cases
		}
		seen[schema]++
		text, err := fs.ReadFile(dir, name)
		if err != nil {
			return err
		}
		if err := validate(schema, text); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		more := append([]byte("colour = 1\n"), text...)
		if err := validate(schema, more); err == nil || !strings.Contains(err.Error(), "'colour' not allowed") {
			t.Errorf("%s with an additional key: %v", name, err)
		}
		return nil
	})
	if err != nil || seen[packs] == 0 || seen[flows] == 0 || seen[cases] == 0 {
		t.Errorf("%d packs, %d flows, %d cases, %v", seen[packs], seen[flows], seen[cases], err)
	}
}

// The schema finds mistakes in a file.
func TestSchemaRefuses(t *testing.T) {
	const file = "format = 1\nname = 'cafe'\nversion = '1.0.0'\nlabel = 'Cafe'\n[[claim]]\nconfidence = 'low'\nssid = ['Cafe']\n"
	for _, c := range []struct {
		schema, text, want string
	}{
		{pack.Schema(), file + "sid = ['x']\n", "'sid' not allowed"},
		{pack.Schema(), strings.Replace(file, "'low'", "'lowest'", 1), "must be one of 'none', 'low', 'medium', 'high'"},
		{pack.Schema(), strings.Replace(file, "name", "nam", 1), "missing property 'name'"},
		{pack.Schema(), file + "status = ['200']\n", "want integer"},
		{replay.Schema(), "flow = 'login'\n", "must be one of 'authenticate', 'maintain', 'logoff'"},
		{replay.Schema(), "[[answer]]\nstatus = 200\n", "missing property 'to'"},
		{replay.Schema(), "[[hop]]\nurl = 'http://a.test/'\nheader = { Location = 3 }\n", "want string"},
	} {
		if err := validate(compile(t, c.schema), []byte(c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %s of\n%s", err, c.want, c.text)
		}
	}
	if err := validate(compile(t, pack.Schema()), []byte(file)); err != nil {
		t.Error(err)
	}
	if err := validate(compile(t, replay.Schema()), []byte("now = 2026-01-02T03:04:05Z\nhop = [{ url = 'x', header = { A = 'b', C = ['d'] } }]\n")); err != nil {
		t.Error(err)
	}
}
