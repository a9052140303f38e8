package configs

import (
	_ "embed"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"hotspot-helper/internal/strict"
)

// Template is a configuration file with every key, its default and what it means. It changes nothing as it is.
//
//go:embed helper.toml
var Template string

// Change is a new value of one key.
type Change struct {
	Table string // empty: the key is in none
	Key   string
	Value string // a text
}

// String is the change as a line of the file, with the table in the key.
func (c Change) String() string {
	return strings.TrimPrefix(c.Table+"."+c.Key, ".") + " = " + strict.Quote(c.Value)
}

// Edit sets keys in the content of a configuration file, and leaves comments and everything else as they are.
// The error says which key it cannot set, such as one in an inline table.
func Edit(text string, changes ...Change) (string, error) {
	for _, c := range changes {
		edited := c.apply(text)
		if err := c.verify(text, edited); err != nil {
			return "", fmt.Errorf("set %s: %w: write it by hand", c, err)
		}
		text = edited
	}
	return text, nil
}

// apply sets the key where it is, or adds it.
func (c Change) apply(text string) string {
	lines := strings.SplitAfter(text, "\n")
	pattern := c.pattern()
	table, start := "", -1
	for i, line := range lines {
		if head := tableHead.FindStringSubmatch(line); head != nil {
			table = head[1]
			if table == c.Table && start < 0 {
				start = i + 1
			}
			continue
		}
		if parts := pattern.FindStringSubmatch(line); parts != nil && table == c.Table {
			lines[i] = parts[1] + strict.Quote(c.Value) + parts[2]
			return strings.Join(lines, "")
		}
	}
	return c.add(lines, start)
}

// add adds the key behind the head of its table, which ends before a line; -1: there is none, and the table is
// added at the end of the file. A key without a table is added below the first comment.
func (c Change) add(lines []string, start int) string {
	added := c.Key + " = " + strict.Quote(c.Value) + "\n"
	if c.Table == "" {
		start = slices.IndexFunc(lines, func(line string) bool { return !strings.HasPrefix(line, "#") || !strings.HasSuffix(line, "\n") })
	} else if start < 0 {
		added = "\n[" + c.Table + "]\n" + added
		start = len(lines)
	}
	before := strings.Join(lines[:start], "")
	if before != "" && !strings.HasSuffix(before, "\n") {
		before += "\n"
	}
	return before + added + strings.Join(lines[start:], "")
}

// tableHead matches the head of a table, also one of an array, and captures its name.
var tableHead = regexp.MustCompile(`^\s*\[+\s*([^\]]*?)\s*\]`)

// pattern matches a line with the key and a text in one line, and captures what is around the text.
func (c Change) pattern() *regexp.Regexp {
	return regexp.MustCompile(`(?s)^(\s*` + regexp.QuoteMeta(c.Key) + `\s*=\s*)(?:"(?:[^"\\]|\\.)*"|'[^'\n]*')(\s*(?:#.*)?)$`)
}

// verify checks that nothing but the key has another value.
func (c Change) verify(before, after string) error {
	var want, got map[string]any
	if _, err := toml.Decode(before, &want); err != nil {
		return errors.New("the file is not TOML") // the cause may quote a secret
	}
	if _, err := toml.Decode(after, &got); err != nil {
		return errOtherWay
	}
	table := want
	if c.Table != "" {
		below, ok := want[c.Table].(map[string]any)
		if !ok {
			below = map[string]any{}
			want[c.Table] = below
		}
		table = below
	}
	table[c.Key] = c.Value
	if !reflect.DeepEqual(got, want) {
		return errOtherWay
	}
	return nil
}

// errOtherWay says that a key is not in a line of its own, in its table.
var errOtherWay = errors.New("the file is written in another way")
