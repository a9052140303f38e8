package manpage

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestListed(t *testing.T) {
	t.Parallel()
	for markdown, want := range map[string]string{
		"a\n\n| key | is |\n|---|---|\n| `id` | a name |\n| `a \\| b` | two |\n\nb\n": "a\n\n- `id`: a name\n- `a | b`: two\n\nb\n",
		"| key | is | default |\n|---|---|---|\n| x | y | z |\n":                      "- x: y; z\n",
		"```\n| no | table |\n```\n":                                                  "```\n| no | table |\n```\n",
	} {
		if diff := cmp.Diff(want, listed(markdown)); diff != "" {
			t.Errorf("%q: %s", markdown, diff)
		}
	}
}

func TestCommented(t *testing.T) {
	t.Parallel()
	const toml = "# The *text*.\n#\n#   a  table\n#   b\n#\n# More.\n# Example: x = 1\nx = 2\n#[a]\n"
	const want = "The \\*text\\*.\n\n\n    a  table\n    b\n\n\nMore.\n\nExample: x = 1\n\n    x = 2\n    [a]\n"
	got := Commented(toml)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
