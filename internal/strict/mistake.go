package strict

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Mistake is a mistake in a file.
type Mistake struct {
	File  string
	Line  int    // counted from 1; 0: not known
	Where string // the table or key, for example step "login"; empty: the file
	Text  string // what is wrong and how to fix it

	// Excerpt shows the place in a file that is not TOML. Drop it if the file may contain
	// secrets.
	Excerpt string
}

// Error has the form file:line: where: text, without unknown parts.
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

// Mistakes are the mistakes in one or more files.
type Mistakes []Mistake

// Error has one mistake per line.
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

// Err returns the mistakes as an error, sorted by file and line; nil if there are none.
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
