package strict

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Mistake is one thing wrong in a file, with the place.
type Mistake struct {
	File  string
	Line  int    // counted from 1; 0: not known
	Where string // the table or key, for example step "login"; empty: the file
	Text  string // what is wrong, and what would be right

	// Excerpt shows the place in the file. Only a file that is not TOML has one.
	// Drop it where the file may hold secrets.
	Excerpt string
}

// Error is of the form file:line: where: text, and leaves out what is not known.
func (m Mistake) Error() string {
	var parts []string
	switch {
	case m.File != "" && m.Line > 0:
		parts = append(parts, fmt.Sprintf("%s:%d", m.File, m.Line))
	case m.File != "":
		parts = append(parts, m.File)
	case m.Line > 0:
		parts = append(parts, fmt.Sprintf("line %d", m.Line))
	}
	if m.Where != "" {
		parts = append(parts, m.Where)
	}
	text := strings.Join(append(parts, m.Text), ": ")
	if m.Excerpt != "" {
		text += "\n" + strings.TrimRight(m.Excerpt, "\n")
	}
	return text
}

// Mistakes are all that is wrong in one or more files.
type Mistakes []Mistake

// Error has one mistake on each line.
func (m Mistakes) Error() string {
	lines := make([]string, len(m))
	for i, mistake := range m {
		lines[i] = mistake.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap lets [errors.As] find a [Mistake].
func (m Mistakes) Unwrap() []error {
	errs := make([]error, len(m))
	for i, mistake := range m {
		errs[i] = mistake
	}
	return errs
}

// Err returns the mistakes as an error, by file, line and then the order in
// which they were found; nil when there are none.
func (m Mistakes) Err() error {
	if len(m) == 0 {
		return nil
	}
	sorted := slices.Clone(m)
	slices.SortStableFunc(sorted, func(a, b Mistake) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
	return sorted
}
