package record

import (
	"fmt"
	"strings"
)

// readme writes what a person does next.
func (p *plan) readme() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\nDrafted by `helper pack record` from a login by hand.\n", p.name)
	if len(p.inputs) > 0 {
		b.WriteString("\n| input | is |\n|---|---|\n")
	}
	for _, in := range p.inputs {
		secret := ""
		if in.secret {
			secret = ", a secret"
		}
		fmt.Fprintf(&b, "| `%s` | %s%s |\n", in.name, strings.NewReplacer("|", " ", "\n", " ").Replace(in.prompt), secret)
	}
	b.WriteString("\n    helper pack lint .     # every mistake at once\n" +
		"    helper pack test .     # plays the recorded case, offline\n" +
		"    helper pack run .      # tries it on the network that you are on\n\n## What to look at\n\n")
	for _, text := range p.unsure {
		b.WriteString("- " + strings.Join(strings.Fields(text), " ") + "\n")
	}
	b.WriteString("- What the pages in `tests/pages` say of a visitor in words is still there: read them.\n\n" +
		"## What was verified\n\nThe draft plays on the capture that it was made of. Say here what it was tried on.\n\n" +
		"## What it does not do\n\nKeep a session alive (that would be `maintain.toml`) and log off (`logoff.toml`).\n")
	return b.String()
}
