package flow

import (
	"bytes"
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// validator returns the schema of a flow, compiled.
func validator(t *testing.T) *jsonschema.Schema {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(Schema()))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("flow.json", document); err != nil {
		t.Fatal(err)
	}
	compiled, err := compiler.Compile("flow.json")
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

// validate returns the mistakes that the schema finds in a file.
func validate(t *testing.T, schema *jsonschema.Schema, text string) error {
	t.Helper()
	var file any
	if _, err := toml.Decode(text, &file); err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(file)
	if err != nil {
		t.Fatal(err)
	}
	instance, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return schema.Validate(instance)
}

func TestSchema(t *testing.T) {
	schema := validator(t)
	for _, text := range validFlows() {
		if err := validate(t, schema, text); err != nil {
			t.Errorf("%v\nof\n%s", err, numbered(text))
		}
	}
	for text, want := range map[string]string{
		step0 + "opne = 1\n":                                  "additional properties 'opne' not allowed",
		"colour = 1\n" + step0:                                "additional properties 'colour' not allowed",
		queryFlow(`{ xpath = "x" }`):                          "additional properties 'xpath' not allowed",
		queryFlow(`{ css = "x", optional = true }`):           "additional properties 'optional' not allowed",
		queryFlow(`{ css = 3 }`):                              "want string",
		queryFlow(`{ json = "x", decode = ["rot"] }`):         "must be one of 'base64', 'hex', 'jsonp', 'percent'",
		"every = 4\n" + step0:                                 "minimum: got 4, want 5",
		head:                                                  "missing property 'step'",
		strings.Replace(step0, "format = 1", "format = 2", 1): "maximum: got 2, want 1",
	} {
		if err := validate(t, schema, text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s of\n%s", err, want, text)
		}
	}
}

// Manual and package comment name each key, function, decoder and result.
func TestManualNamesEverything(t *testing.T) {
	names := slices.Concat(functionNames(), decoderNames(), outcomeNames[1:])
	for key := range keys() {
		_, name, _ := strings.Cut(key, ".")
		names = append(names, name)
	}
	for _, file := range []string{"doc.go", "../../docs/pack-format.md"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		words := regexp.MustCompile(`[\w-]+`).FindAllString(string(text), -1)
		for _, name := range names {
			if !slices.Contains(words, name) {
				t.Errorf("%s does not name %s", file, name)
			}
		}
	}
}
