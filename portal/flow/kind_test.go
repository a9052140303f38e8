package flow

import (
	"slices"
	"testing"
)

// The kind of a flow decides, not the name that messages have for its file.
func TestKindNotFileName(t *testing.T) {
	t.Parallel()
	text := []byte(head + "[[step]]\nid = \"start\"\nopen = \"/\"\n[[step]]\nid = \"one\"\nsubmit = \"form\"\n")
	for _, test := range []struct {
		kind    Kind
		file    string
		pressed []string
		carries bool
	}{
		{Authenticate, "logoff.toml", []string{"one"}, false},
		{Authenticate, "from an archive", []string{"one"}, false},
		{Logoff, "authenticate.toml", nil, true},
		{Maintain, "logoff.toml", nil, false},
		{AnyKind, "logoff.toml", nil, false},
	} {
		f, err := Parse(test.kind, test.file, text)
		if err != nil {
			t.Fatal(err)
		}
		if got := f.Pressed(); !slices.Equal(got, test.pressed) {
			t.Errorf("%s in %s: pressed %q, want %q", test.kind, test.file, got, test.pressed)
		}
		if got := (&run{flow: f}).carries(nil); got != test.carries {
			t.Errorf("%s in %s: carries %v, want %v", test.kind, test.file, got, test.carries)
		}
	}
}
