package strict_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hotspot-helper/internal/strict"
)

const places = `# comment with [brackets] and = "quotes
title = "x"   # line 2
a.b.c = 1
a . "b" . 'd' = 2
text = """
[not.a.table]
key = \""" 1
"""""
raw = '''
'x = 1'''
list = [ # comment ]
  [1, 2], # 12
  { x = "]", y = { z = '}' } },
  1979-05-27 07:32:00, "#",
]
"quo\"ted" = 0
[t.u]
k = 1
[t]
k = 2
[[e]]
k = 3
[e.sub]
k = 4
[[e.f]]
[[e.f]]
k = 5
[[e]]
[[e.f]]
k = 6
`

func decode(t *testing.T, text string) *strict.Document {
	t.Helper()
	doc, _ := strict.Decode("f", []byte(text), new(struct{}))
	if doc == nil {
		t.Fatal("not decoded")
	}
	return doc
}

func TestLine(t *testing.T) {
	doc := decode(t, places)
	tests := []struct {
		path strict.Path
		want int
	}{
		{nil, 0},
		{strict.Path{"title"}, 2},
		{strict.Path{"a"}, 3},
		{strict.Path{"a", "b", "c"}, 3},
		{strict.Path{"a", "b", "d"}, 4},
		{strict.Path{"text"}, 5},
		{strict.Path{"raw"}, 9},
		{strict.Path{"list"}, 11},
		{strict.Path{"list", 0, 1}, 12},
		{strict.Path{"list", 1, "x"}, 13},
		{strict.Path{"list", 1, "y", "z"}, 13},
		{strict.Path{"list", 2}, 14},
		{strict.Path{"list", 3}, 14},
		{strict.Path{`quo"ted`}, 16},
		{strict.Path{"t", "u"}, 17},
		{strict.Path{"t", "u", "k"}, 18},
		{strict.Path{"t"}, 19},
		{strict.Path{"t", "k"}, 20},
		{strict.Path{"e"}, 21},
		{strict.Path{"e", 0, "k"}, 22},
		{strict.Path{"e", 0, "sub", "k"}, 24},
		{strict.Path{"e", 0, "f", 0}, 25},
		{strict.Path{"e", 0, "f", 1, "k"}, 27},
		{strict.Path{"e", 1}, 28},
		{strict.Path{"e", 1, "f", 0, "k"}, 30},
		{strict.Path{"e", 1, "missing"}, 28}, // the table around it
		{strict.Path{"missing"}, 0},
	}
	for _, test := range tests {
		if got := doc.Line(test.path...); got != test.want {
			t.Errorf("line of %v: got %d, want %d", test.path, got, test.want)
		}
	}
}

func TestLineAfterByteOrderMark(t *testing.T) {
	if got := decode(t, "\ufeff\r\na = 1\r\nb = 2\r\n").Line("b"); got != 3 {
		t.Errorf("got %d, want 3", got)
	}
}

func TestKeys(t *testing.T) {
	doc := decode(t, "z = 1\nb = 1\n[m]\nx = 1\n[a]\n[m.c]\n[[l]]\nq = {d = 1, c = 2}\n")
	tests := []struct {
		path strict.Path
		want []string
	}{
		{nil, []string{"z", "b", "m", "a", "l"}},
		{strict.Path{"m"}, []string{"x", "c"}},
		{strict.Path{"l", 0, "q"}, []string{"d", "c"}},
		{strict.Path{"z"}, nil},
		{strict.Path{"missing"}, nil},
	}
	for _, test := range tests {
		if diff := cmp.Diff(test.want, doc.Keys(test.path...)); diff != "" {
			t.Errorf("keys of %v: %s", test.path, diff)
		}
	}
}

func TestHas(t *testing.T) {
	doc := decode(t, places)
	for _, path := range []strict.Path{{"a", "b"}, {"list", 1, "x"}, {"e", 1, "f", 0, "k"}, nil} {
		if !doc.Has(path...) {
			t.Errorf("has no %v", path)
		}
	}
	for _, path := range []strict.Path{{"A"}, {"list", 9}, {"list", -1}, {"title", "x"}, {"title", 0}, {1.5}} {
		if doc.Has(path...) {
			t.Errorf("has %v", path)
		}
	}
}

func TestWhere(t *testing.T) {
	doc := decode(t, "[[step]]\nid = 'login'\n[[step]]\n[[step.case]]\n")
	tests := []struct {
		want string
		path strict.Path
	}{
		{"", nil},
		{"helper.opennds.inputs", strict.Path{"helper", "opennds", "inputs"}},
		{`helper."a b".x`, strict.Path{"helper", "a b", "x"}},
		{`helper.""`, strict.Path{"helper", ""}},
		{`step "login"`, strict.Path{"step", 0}},
		{`step "login", fields.user`, strict.Path{"step", 0, "fields", "user"}},
		{"step 2, case 1, when 3", strict.Path{"step", 1, "case", 0, "when", 2}},
		{"step 9", strict.Path{"step", 8}},
	}
	for _, test := range tests {
		if got := doc.Where(test.path...); got != test.want {
			t.Errorf("got %s, want %s", got, test.want)
		}
	}
}

// A value that could not be decoded is not reported as missing, too.
func TestReport(t *testing.T) {
	var into file
	doc, _ := strict.Decode("f", []byte("Format = 1\n[[step]]\nid = 1\nopen = ''\n"), &into)
	doc.Report(strict.Path{"step", 0, "open"}, "%s is missing", "the URL")
	doc.Report(strict.Path{"step", 0, "id"}, "is missing")
	doc.Report(strict.Path{"format"}, "is missing")
	doc.Report(strict.Path{"ratio"}, "is missing")
	want := `f: ratio: is missing
f:1: key "Format" must be written "format"
f:3: step 1, id: want a string, not an integer
f:4: step 1, open: the URL is missing`
	if diff := cmp.Diff(want, doc.Err().Error()); diff != "" {
		t.Error(diff)
	}
}

func TestMistakes(t *testing.T) {
	if err := strict.Mistakes(nil).Err(); err != nil {
		t.Errorf("no mistakes are an error: %v", err)
	}
	err := strict.Mistakes{
		{File: "b", Line: 1, Text: "four"},
		{File: "a", Line: 2, Text: "two", Excerpt: "x = \n"},
		{File: "a", Line: 2, Where: "step 1", Text: "three"},
		{File: "a", Text: "one"},
		{Line: 7, Text: "none"},
		{Text: "zero"},
	}.Err()
	want := "zero\nline 7: none\na: one\na:2: two\nx = \na:2: step 1: three\nb:1: four"
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Error(diff)
	}
	if !errors.As(err, new(strict.Mistake)) {
		t.Error("no Mistake within")
	}
}

// concealed is a table whose keys may be secrets.
type concealed struct {
	File string `toml:"file"`
}

func (*concealed) ConcealsKeys() {}

// An unknown key of a table that may have secrets as keys is not shown; other tables show theirs.
func TestConcealedKeys(t *testing.T) {
	var into struct {
		Pin  concealed            `toml:"pin"`
		Pins map[string]concealed `toml:"pins"`
		List []concealed          `toml:"list"`
		Open struct{}             `toml:"open"`
	}
	_, err := strict.Decode("f", []byte("pin = { Swordfish = 1 }\npins.a.Swordfish = 1\nlist = [{ Swordfish = 1, File = 'x' }]\nopen = { Marlin = 1 }\n"), &into)
	const hidden = "unknown key, which is not shown because it may be a secret: known are file"
	want := "f:1: pin: " + hidden + "\nf:2: pins.a: " + hidden + "\nf:3: list 1: " + hidden + "\nf:3: list 1: key \"File\" must be written \"file\"\n" +
		"f:4: open: unknown key \"Marlin\": the table has no keys"
	if err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
}
