package main

import (
	"fmt"
	"strings"

	"hotspot-helper/plugins/record"
)

// draftReadme returns the README of a drafted pack: its inputs, and what its author does next.
func draftReadme(draft *record.PackDraft) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\nDrafted by `helper pack record` from a login by hand.\n", draft.Name)
	if len(draft.Questions) > 0 {
		b.WriteString("\n| input | is |\n|---|---|\n")
	}
	for _, q := range draft.Questions {
		secret := ""
		if q.Secret {
			secret = ", a secret"
		}
		fmt.Fprintf(&b, "| `%s` | %s%s |\n", q.Input, strings.NewReplacer("|", " ", "\n", " ").Replace(q.Prompt), secret)
	}
	b.WriteString("\n    helper pack lint .     # lists all mistakes\n" +
		"    helper pack test .     # replays the recorded case, offline\n" +
		"    helper pack run .      # logs in to the network that you are on\n\n## What to check\n\n")
	for _, text := range draft.Unsure {
		b.WriteString("- " + strings.Join(strings.Fields(text), " ") + "\n")
	}
	b.WriteString("- The pages in `tests/pages` may still contain words about the visitor: read them.\n\n" +
		"## What was verified\n\nThe draft logs in on the capture that it was made from. Write here what you tried it on.\n\n" +
		"## What it does not do\n\nIt does not keep a session alive (`maintain.toml`) and does not log off (`logoff.toml`).\n")
	return b.String()
}
