package configs

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A key is set where it is, or added, and nothing else changes.
func TestEdit(t *testing.T) {
	t.Parallel()
	metered := Change{Key: "metered", Value: "as-others"}
	email := Change{Table: "profile", Key: "email", Value: `ada "the" first@example.org`}
	const quoted = `"ada \"the\" first@example.org"`
	for name, test := range map[string]struct {
		text   string
		change Change
		want   string // empty: it is refused
	}{
		"empty":                 {"", metered, "metered = \"as-others\"\n"},
		"set":                   {"# a\nmetered = \"ask\" # b\nkeepalive = \"5m\"", metered, "# a\nmetered = \"as-others\" # b\nkeepalive = \"5m\""},
		"set, literal":          {"  metered='ask'\n", metered, "  metered=\"as-others\"\n"},
		"set, escaped":          {"metered = \"a\\\"sk # no\" # c\n", metered, "metered = \"as-others\" # c\n"},
		"commented out":         {"# head\n\n# metered = \"ask\"\n[profile]\n", metered, "# head\nmetered = \"as-others\"\n\n# metered = \"ask\"\n[profile]\n"},
		"same key of a table":   {"[other]\nmetered = \"ask\"\n", metered, "metered = \"as-others\"\n[other]\nmetered = \"ask\"\n"},
		"no comment ends it":    {"# only a comment", metered, "metered = \"as-others\"\n# only a comment"},
		"table":                 {"[profile]\nname = \"Ada\"\n[probe]\n", email, "[profile]\nemail = " + quoted + "\nname = \"Ada\"\n[probe]\n"},
		"table, set":            {"[ profile ] # me\nemail = \"\"\n", email, "[ profile ] # me\nemail = " + quoted + "\n"},
		"table, end of file":    {"[profile]", email, "[profile]\nemail = " + quoted + "\n"},
		"no table":              {"metered = \"ask\"", email, "metered = \"ask\"\n\n[profile]\nemail = " + quoted + "\n"},
		"inline table":          {"profile = { email = \"a@b\" }\n", email, ""},
		"dotted key":            {"profile.email = \"a@b\"\n", email, ""},
		"several lines":         {"metered = \"\"\"ask\"\"\"\n", metered, ""},
		"within several lines":  {"x = \"\"\"\nmetered = \"ask\"\n\"\"\"\n", metered, ""},
		"no TOML":               {"metered =\n", metered, ""},
		"not a text":            {"metered = 1\n", metered, ""},
		"carriage return, line": {"metered = \"ask\"\r\nkeepalive = \"5m\"\r\n", metered, "metered = \"as-others\"\r\nkeepalive = \"5m\"\r\n"},
	} {
		got, err := Edit(test.text, test.change)
		if diff := cmp.Diff(test.want, got); diff != "" || (err == nil) != (test.want != "") {
			t.Errorf("%s: %v\n%s", name, err, diff)
		}
		if err != nil && !strings.HasPrefix(err.Error(), "set "+test.change.String()+": ") {
			t.Errorf("%s: %v", name, err)
		}
		if again, err := Edit(got, test.change); test.want != "" && (again != got || err != nil) {
			t.Errorf("%s: twice: %v, %s", name, err, again)
		}
	}
}

// Every key of the template that people are asked about can be set in it, with only its line changed.
func TestEditTemplate(t *testing.T) {
	t.Parallel()
	for _, c := range []Change{
		{Key: "metered", Value: "as-others"},
		{Table: "profile", Key: "name", Value: "Ada"},
		{Table: "profile", Key: "email", Value: "ada@example.org"},
		{Table: "profile", Key: "phone", Value: "+44"},
	} {
		edited, err := Edit(Template, c)
		if err != nil {
			t.Fatal(err)
		}
		before, after := strings.Split(Template, "\n"), strings.Split(edited, "\n")
		changed := 0
		for i := range before {
			if i < len(after) && before[i] != after[i] {
				changed++
			}
		}
		if changed != 1 || len(before) != len(after) {
			t.Errorf("%s: %d lines changed, of %d now %d", c, changed, len(before), len(after))
		}
	}
}
