package strict_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hotspot-helper/internal/strict"
)

// text is a value with one valid text.
type text struct{ word string }

func (t *text) UnmarshalText(word []byte) error {
	if string(word) != "yes" {
		return errors.New(`want "yes"`)
	}
	t.word = string(word)
	return nil
}

// secret is a string, or a table with a file.
type secret struct {
	File  string `toml:"file"`
	Value string
}

func (s *secret) UnmarshalShorthand(value any) error {
	text, ok := value.(string)
	if !ok {
		return errors.New("want a string, or a table with file")
	}
	s.Value = text
	return nil
}

// list is an array or its only element.
type list []string

func (l *list) UnmarshalShorthand(value any) error {
	text, ok := value.(string)
	if !ok {
		return errors.New("want a string or an array of strings")
	}
	*l = list{text}
	return nil
}

// hiding is a type that is refused.
type hiding struct{}

func (*hiding) UnmarshalTOML(any) error { return nil }

type shared struct {
	Note string `toml:"note"`
}

type step struct {
	shared
	ID     string            `toml:"id"`
	Open   string            `toml:"open"`
	Fields map[string]string `toml:"fields"`
	Case   []struct {
		Goto string `toml:"goto"`
	} `toml:"case"`
}

type file struct {
	Format   int               `toml:"format"`
	Hosts    []string          `toml:"hosts"`
	Ratio    float64           `toml:"ratio"`
	Small    uint8             `toml:"small"`
	Tiny     int8              `toml:"tiny"`
	On       *bool             `toml:"on"`
	Every    time.Duration     `toml:"every"`
	When     time.Time         `toml:"when"`
	Word     text              `toml:"word"`
	Pin      secret            `toml:"pin"`
	Names    list              `toml:"names"`
	Free     any               `toml:"free"`
	Secrets  map[string]secret `toml:"secrets"`
	Steps    []step            `toml:"step"`
	Empty    struct{}          `toml:"empty"`
	Hiding   hiding            `toml:"hiding"`
	Never    func()            `toml:"never"`
	Skipped  string            `toml:"-"`
	Untagged string
}

const whole = `
format = 1
hosts = ["a.test", 'b.test']
ratio = 2
small = 255
tiny = -128
on = false
every = "1m30s"
when = 2026-01-02T03:04:05Z
word = "yes"
pin = "1234"
names = "one"
free = { any = [1, { thing = true }] }
secrets.a = { file = "/a" }
secrets."b c" = "x"

[[step]]
id = "first"
note = "embedded"
[[step]]
open = "/"
fields = { user = "Ada" }
[[step.case]]
goto = "end"
`

func TestDecodeFillsEveryKind(t *testing.T) {
	var got file
	if _, err := strict.Decode("whole.toml", []byte(whole), &got); err != nil {
		t.Fatal(err)
	}
	off := false
	want := file{
		Format: 1, Hosts: []string{"a.test", "b.test"}, Ratio: 2, Small: 255, Tiny: -128, On: &off,
		Every: 90 * time.Second, When: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Word: text{"yes"},
		Pin: secret{Value: "1234"}, Names: list{"one"},
		Free:    map[string]any{"any": []any{int64(1), map[string]any{"thing": true}}},
		Secrets: map[string]secret{"a": {File: "/a"}, "b c": {Value: "x"}},
		Steps: []step{
			{ID: "first", shared: shared{Note: "embedded"}},
			{Open: "/", Fields: map[string]string{"user": "Ada"}, Case: []struct {
				Goto string `toml:"goto"`
			}{{Goto: "end"}}},
		},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(text{}, step{})); diff != "" {
		t.Error(diff)
	}
}

func TestDecodeMistakes(t *testing.T) {
	tests := map[string]struct{ give, want string }{
		"unknown key, near":        {"\nfromat = 1", `f:2: unknown key "fromat": did you mean "format"?`},
		"letters changed":          {"[[step]]\nopne = 1", `f:2: step 1: unknown key "opne": did you mean "open"?`},
		"a letter missing":         {"[[step]]\nfeilds = 1", `f:2: step 1: unknown key "feilds": did you mean "fields"?`},
		"the nearer of two":        {"[pin]\nfil = 1", `f:2: pin: unknown key "fil": did you mean "file"?`},
		"unknown key, none near":   {"[[step]]\nid = 'a'\ncolour = 1", `f:3: step "a": unknown key "colour": known are case, fields, id, note, open`},
		"unknown key, none known":  {"[empty]\nx = 1", `f:2: empty: unknown key "x": the table has no keys`},
		"unknown table":            {"[[steps]]\nid = 'a'", `f:1: unknown key "steps": did you mean "step"?`},
		"unknown dotted key":       {"pin.file = 'x'\npin.flie = 'y'", `f:2: pin: unknown key "flie": did you mean "file"?`},
		"unknown key in array":     {"step = [\n{ id = 'a' },\n{ it = 'b' },\n]", `f:3: step 2: unknown key "it": did you mean "id"?`},
		"unknown key in a map":     {"[secrets.a]\nfiel = ''", `f:2: secrets.a: unknown key "fiel": did you mean "file"?`},
		"below a shorthand":        {"[pin]\nFile = ''", `f:2: pin: key "File" must be written "file"`},
		"untagged field":           {"Untagged = ''", `f:1: unknown key "Untagged": known are empty, every, format, free, hiding, hosts, names, never, on, pin, ratio, secrets, small, step, tiny, when, word`},
		"skipped field":            {"Skipped = ''", `f:1: unknown key "Skipped": known are empty, every, format, free, hiding, hosts, names, never, on, pin, ratio, secrets, small, step, tiny, when, word`},
		"other letters":            {"Format = 1", `f:1: key "Format" must be written "format"`},
		"two in different letters": {"ratio = 1\nRatio = 2", `f:2: keys "ratio" and "Ratio" differ only in case: keep "ratio"`},
		"two in wrong letters": {"FORMAT = 1\nFormat = 2", `f:1: key "FORMAT" must be written "format"
f:2: keys "FORMAT" and "Format" differ only in case: keep "format"`},
		"string for integer":        {`format = "1"`, `f:1: format: want an integer, not a string`},
		"number for integer":        {`format = 1.5`, `f:1: format: want an integer, not a number`},
		"integer for string":        {"[[step]]\n[[step]]\nid = 7", `f:3: step 2, id: want a string, not an integer`},
		"boolean for string":        {`hosts = ["a", true]`, `f:1: hosts 2: want a string, not true or false`},
		"string for boolean":        {`on = "true"`, `f:1: on: want true or false, not a string`},
		"string for number":         {`ratio = ""`, `f:1: ratio: want a number, not a string`},
		"string for array":          {`hosts = "a"`, `f:1: hosts: want an array, not a string`},
		"string for table":          {`empty = "a"`, `f:1: empty: want a table, not a string`},
		"array for map":             {`secrets = ["a"]`, `f:1: secrets: want a table, not an array`},
		"table for array of tables": {"[step]\nid = 'a'", `f:1: step: want an array of tables, not a table: write [[…step]]`},
		"array of tables for table": {"[[empty]]", `f:1: empty: want a table, not an array`},
		"date for string":           {"[secrets]\n[[step]]\nid = 2026-01-02", `f:3: step 1, id: want a string, not a date or time`},
		"string for date":           {`when = "now"`, `f:1: when: parsing time "now" as "2006-01-02T15:04:05Z07:00": cannot parse "now" as "2006"`},
		"too large":                 {`small = 256`, `f:1: small: 256 is out of range`},
		"negative":                  {`small = -1`, `f:1: small: -1 is out of range`},
		"too small":                 {`tiny = -129`, `f:1: tiny: -129 is out of range`},
		"integer for duration":      {`every = 5`, `f:1: every: want a duration in quotes such as "90s" or "1h30m", not an integer`},
		"duration without unit":     {`every = "5"`, `f:1: every: want a duration in quotes such as "90s" or "1h30m", not "5"`},
		"text refused":              {`word = "no"`, `f:1: word: want "yes"`},
		"integer for text":          {`word = 1`, `f:1: word: want a string, not an integer`},
		"shorthand refused":         {`pin = 1234`, `f:1: pin: want a string, or a table with file`},
		"shorthand of a list":       {`names = 1`, `f:1: names: want a string or an array of strings`},
		"in a shorthand list":       {`names = ["a", 1]`, `f:1: names 2: want a string, not an integer`},
		"UnmarshalTOML":             {"[hiding]\nx = 1", `f:1: hiding: *strict_test.hiding has UnmarshalTOML, which hides the keys below it`},
		"a kind that nothing fits":  {"never = 1", `f:1: never: no value fits a func()`},
		"quoted keys":               {"[secrets.'a b']\n\"fi\\nle\" = 1", `f:2: secrets."a b": unknown key "fi\nle": did you mean "file"?`},
		"named by name":             {"[[step]]\nname = 'n'\nopen = 1", "f:2: step \"n\": unknown key \"name\": known are case, fields, id, note, open\nf:3: step \"n\", open: want a string, not an integer"},
		"a name of two":             {"[[step]]\nid = 'n'\n[[step]]\nid = 'n'\nopen = 1", `f:5: step 2, open: want a string, not an integer`},
		"an empty id":               {"[[step]]\nid = ''\nopen = 1", `f:3: step 1, open: want a string, not an integer`},
		"nested arrays":             {"[[step]]\nid = 'n'\n[[step.case]]\n[[step.case]]\ngoto = 1", `f:5: step "n", case 2, goto: want a string, not an integer`},
		"many, in order of the file": {"[[step]]\nopen = 1\nnote = 2\n[empty]\na = 1\n", `f:2: step 1, open: want a string, not an integer
f:3: step 1, note: want a string, not an integer
f:5: empty: unknown key "a": the table has no keys`},
		"many, on one line": {"step = [{ open = 1, fields = { z = 1, a = 2 } }]", `f:1: step 1, open: want a string, not an integer
f:1: step 1, fields.z: want a string, not an integer
f:1: step 1, fields.a: want a string, not an integer`},
		"a key twice": {"format = 1\nformat = 2", "f:2: format: Key 'format' has already been defined.\nAt line 2, column 1-6:\n\n      1 | format = 1\n      2 | format = 2\n          ^^^^^^"},
		"too long":    {strings.Repeat("#", strict.MaxSize+1), `f: 1048577 bytes, at most 1048576`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := strict.Decode("f", []byte(test.give), new(file))
			if err == nil {
				t.Fatal("no mistake found")
			}
			if diff := cmp.Diff(test.want, err.Error()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSyntaxMistake(t *testing.T) {
	doc, err := strict.Decode("f", []byte("format = 1\nhosts = [\n\tx,\n]\n"), new(file))
	if doc != nil {
		t.Error("a file that is not TOML has a document")
	}
	var mistake strict.Mistake
	if !errors.As(err, &mistake) {
		t.Fatalf("%T is not a Mistake", err)
	}
	if mistake.Line != 3 || mistake.Where != "hosts" || !strings.Contains(mistake.Excerpt, "At line 3, column ") ||
		!strings.Contains(mistake.Excerpt, "      2 | hosts = [\n") {
		t.Errorf("%+v", mistake)
	}
}

func TestDecodeKeepsWhatIsRight(t *testing.T) {
	var got file
	if _, err := strict.Decode("f", []byte("format = 'x'\nratio = 1.5\n[[step]]\nid = 1\nopen = '/'"), &got); err == nil {
		t.Fatal("no mistake found")
	}
	if got.Ratio != 1.5 || len(got.Steps) != 1 || got.Steps[0].Open != "/" {
		t.Errorf("got %+v", got)
	}
}

// A decoder that is used again reads each file like the first.
func TestDecoderIsReusable(t *testing.T) {
	type name struct {
		Name string `toml:"name"`
	}
	type file struct {
		name
		Below []name `toml:"below"`
	}
	var decoder strict.Decoder
	for range 2 {
		var got struct {
			Below name `toml:"below"`
		}
		if _, err := decoder.Decode("a.toml", []byte("[below]\nname = 'x'\n"), &got); err != nil || got.Below.Name != "x" {
			t.Errorf("%+v, %v", got, err)
		}
		var other file
		_, err := decoder.Decode("b.toml", []byte("name = 'x'\nbelow = [{ nam = 'y' }]\n"), &other)
		if _, alone := strict.Decode("b.toml", []byte("name = 'x'\nbelow = [{ nam = 'y' }]\n"), &file{}); err == nil || err.Error() != alone.Error() {
			t.Errorf("%v; want %v", err, alone)
		}
	}
}

func TestDecodeTarget(t *testing.T) {
	number := 0
	for _, into := range []any{nil, file{}, &number, (*file)(nil)} {
		if _, err := strict.Decode("f", nil, into); err == nil {
			t.Errorf("decodes into %T", into)
		}
	}
}
