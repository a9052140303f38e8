package manpage

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/cpuguy83/go-md2man/v2/md2man"
)

// Document returns a page of section 5 from Markdown, without the title of that. Links become their text, and tables
// lists: a terminal is too narrow for them.
func Document(name, summary, markdown string, r Release) []byte {
	text := link.ReplaceAllString(markdown, "$1")
	if rest, ok := strings.CutPrefix(text, "# "); ok {
		_, text, _ = strings.Cut(rest, "\n")
	}
	text = listed(text)
	head := fmt.Sprintf("%% %q %q %q %q %q\n\n# NAME\n\n%s - %s\n\n# DESCRIPTION\n", strings.ToUpper(name), "5", r.Date, "helper "+r.Version, "File Formats", name, summary)
	return md2man.Render([]byte(head + text))
}

// link is one of Markdown's, not to an image.
var link = regexp.MustCompile(`\[([^][]*)\]\(([^()\s]+)\)`)

// listed returns Markdown in which each row of a table is an item of a list: its first cell, then the others.
func listed(markdown string) string {
	var out strings.Builder
	var head []string // of the table
	fenced := false
	for line := range strings.Lines(markdown) {
		fenced = fenced != strings.HasPrefix(line, "```")
		if fenced || !strings.HasPrefix(line, "|") {
			head = nil
			out.WriteString(line)
			continue
		}
		cells := cellsOf(line)
		switch {
		case head == nil:
			head = cells
		case !strings.HasPrefix(line, "|---"):
			out.WriteString("- " + cells[0] + ": " + strings.Join(cells[1:], "; ") + "\n")
		}
	}
	return out.String()
}

// cellsOf splits a row of a table. The bar in a cell is written as \|.
func cellsOf(row string) []string {
	const bar = "\x00"
	row = strings.ReplaceAll(strings.Trim(strings.TrimSpace(row), "|"), `\|`, bar)
	var cells []string
	for cell := range strings.SplitSeq(row, "|") {
		cells = append(cells, strings.TrimSpace(strings.ReplaceAll(cell, bar, "|")))
	}
	return cells
}

// Commented returns the Markdown of a file of TOML whose comments explain its keys: comments become text; keys, and
// what is indented in comments, stay as they are.
func Commented(toml string) string {
	var out strings.Builder
	wasCode := false
	for line := range strings.Lines(toml) {
		text, isCode := classify(strings.TrimSpace(line))
		if text != "" && isCode != wasCode {
			out.WriteString("\n")
			wasCode = isCode
		}
		out.WriteString(text + "\n")
	}
	return out.String()
}

// classify returns a line of TOML as Markdown.
func classify(line string) (text string, isCode bool) {
	comment, ok := strings.CutPrefix(line, "# ")
	switch {
	case line == "" || line == "#":
		return "", false
	case strings.HasPrefix(comment, "Example: "):
		return "\n" + marks.Replace(comment), false
	case ok && !strings.HasPrefix(comment, " "):
		return marks.Replace(comment), false
	case ok:
		return "    " + strings.TrimPrefix(comment, "  "), true
	}
	return "    " + strings.TrimPrefix(line, "#"), true
}

// marks escapes what Markdown gives a meaning within a line.
var marks = strings.NewReplacer(`\`, `\\`, "*", `\*`, "_", `\_`, "`", "\\`", "[", `\[`, "<", `\<`, "~", `\~`)
