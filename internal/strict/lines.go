package strict

import (
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// findLines finds the line of each path of a file that is known to be valid
// TOML, whose keys the decoder met in the order given. It checks itself against
// them: where the two differ no line is known, for none is better than a wrong one.
func findLines(text string, keys []toml.Key) map[string]int {
	f := &finder{text: strings.TrimPrefix(text, "\ufeff"), line: 1, lines: map[string]int{}, last: map[string]int{}}
	f.document()
	if !slices.EqualFunc(f.keys, keys, func(a, b toml.Key) bool { return slices.Equal(a, b) }) {
		return nil
	}
	return f.lines
}

// finder reads TOML for its keys only. As the text is valid it looks for the
// end of each thing and does not judge what is in between; on other text it
// finds nonsense, but it ends.
type finder struct {
	text  string // what is still to be read
	line  int    // of its first character
	lines map[string]int
	last  map[string]int // index of the last element of each array of tables
	keys  []toml.Key     // as the decoder lists them: without indices
}

func (f *finder) document() {
	var table Path
	for f.blank(true); f.text != ""; f.blank(true) {
		switch {
		case strings.HasPrefix(f.text, "[["):
			table = f.header(2)
		case strings.HasPrefix(f.text, "["):
			table = f.header(1)
		default:
			f.pair(table)
		}
	}
}

// header reads [a.b] or [[a.b]] and returns the table that it opens.
func (f *finder) header(brackets int) Path {
	f.skip(brackets)
	parts := f.dottedKey()
	f.skip(brackets)
	f.keys = append(f.keys, slices.Clone(parts))
	var path Path
	for _, part := range parts[:max(len(parts)-1, 0)] {
		path = f.enter(path, part)
	}
	if len(parts) == 0 {
		return path
	}
	path = path.with(parts[len(parts)-1])
	if brackets == 1 {
		f.lines[path.key()] = f.line
		return path
	}
	f.mark(path)
	key := path.key()
	if n, ok := f.last[key]; ok {
		f.last[key] = n + 1
	} else {
		f.last[key] = 0
	}
	path = path.with(f.last[key])
	f.lines[path.key()] = f.line
	return path
}

// enter goes one table down, into the last element where that is an array of tables.
func (f *finder) enter(path Path, part string) Path {
	path = path.with(part)
	f.mark(path)
	if n, ok := f.last[path.key()]; ok {
		path = path.with(n)
	}
	return path
}

// mark notes the line of a path that is only implied there.
func (f *finder) mark(path Path) {
	if _, ok := f.lines[path.key()]; !ok {
		f.lines[path.key()] = f.line
	}
}

// pair reads key = value in the table.
func (f *finder) pair(table Path) {
	parts := f.dottedKey()
	path := table
	for _, part := range parts {
		path = path.with(part)
		f.mark(path)
	}
	f.keys = append(f.keys, path.names())
	f.skip(1) // =
	f.blank(false)
	f.value(path)
}

// names are the keys of the path, without indices.
func (p Path) names() toml.Key {
	var names toml.Key
	for _, step := range p {
		if name, ok := step.(string); ok {
			names = append(names, name)
		}
	}
	return names
}

func (f *finder) value(path Path) {
	switch {
	case strings.HasPrefix(f.text, "["):
		f.array(path)
	case strings.HasPrefix(f.text, "{"):
		f.inlineTable(path)
	case strings.HasPrefix(f.text, `"`), strings.HasPrefix(f.text, "'"):
		f.quoted()
	default:
		f.skip(max(until(f.text, ",]}#\n"), 1)) // at least one, so that it ends
	}
}

func (f *finder) array(path Path) {
	f.skip(1)
	f.blank(true)
	for i := 0; f.text != "" && f.text[0] != ']'; i++ {
		element := path.with(i)
		f.mark(element)
		f.value(element)
		f.comma()
	}
	f.skip(1)
}

func (f *finder) inlineTable(path Path) {
	f.skip(1)
	f.blank(true)
	for f.text != "" && f.text[0] != '}' {
		f.pair(path)
		f.comma()
	}
	f.skip(1)
}

func (f *finder) comma() {
	f.blank(true)
	if strings.HasPrefix(f.text, ",") {
		f.skip(1)
		f.blank(true)
	}
}
