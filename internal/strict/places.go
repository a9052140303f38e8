package strict

import (
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// place is where a key or an element begins.
type place struct{ line, rank int } // line from 1; rank among all places of the file

// findPlaces finds the place of each path of a file that is known to be valid
// TOML, whose keys the decoder met in the order given. It checks itself against
// them: where the two differ no place is known, for none is better than a wrong one.
func findPlaces(text string, keys []toml.Key) map[string]place {
	f := &finder{text: strings.TrimPrefix(text, byteOrderMark), line: 1, places: map[string]place{}, tables: map[string]int{}}
	f.document()
	if !slices.EqualFunc(f.keys, keys, func(a, b toml.Key) bool { return slices.Equal(a, b) }) {
		return nil
	}
	return f.places
}

// finder reads TOML for its keys only. As the text is valid it looks for the
// end of each thing and does not judge what is in between; on other text it
// finds nonsense, but it ends.
type finder struct {
	text   string // what is still to be read
	line   int    // of its first character
	places map[string]place
	tables map[string]int // how many elements each array of tables has so far
	keys   []toml.Key     // as the decoder lists them: without indices
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
	for _, part := range parts[:len(parts)-1] {
		path = f.enter(path, part)
	}
	path = path.with(parts[len(parts)-1])
	if brackets == 2 {
		f.mark(path)
		n := f.tables[path.key()]
		f.tables[path.key()]++
		path = path.with(n)
	}
	f.note(path)
	return path
}

// enter goes one table down, into the last element where that is an array of tables.
func (f *finder) enter(path Path, part string) Path {
	path = path.with(part)
	f.mark(path)
	if n := f.tables[path.key()]; n > 0 {
		path = path.with(n - 1)
	}
	return path
}

// note sets the place of a path to here.
func (f *finder) note(path Path) {
	f.places[path.key()] = place{line: f.line, rank: len(f.keys)}
}

// mark notes the place of a path unless it has one: the first mention counts
// until a header of its own is met.
func (f *finder) mark(path Path) {
	if _, ok := f.places[path.key()]; !ok {
		f.note(path)
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
