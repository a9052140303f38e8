package flow

import (
	"errors"
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
		asks    bool
	}{
		{Authenticate, "logoff.toml", []string{"one"}, true},
		{Authenticate, "from an archive", []string{"one"}, true},
		{Logoff, "authenticate.toml", nil, false},
		{Maintain, "logoff.toml", nil, true},
		{AnyKind, "logoff.toml", nil, true},
	} {
		f, err := Parse(test.kind, test.file, text)
		if err != nil {
			t.Fatal(err)
		}
		if got := f.Pressed(); !slices.Equal(got, test.pressed) {
			t.Errorf("%s in %s: pressed %q, want %q", test.kind, test.file, got, test.pressed)
		}
		_, asks := errors.AsType[*termsNeeded]((&run{flow: f}).mayPress())
		if asks != test.asks {
			t.Errorf("%s in %s: asks %v, want %v", test.kind, test.file, asks, test.asks)
		}
	}
}
