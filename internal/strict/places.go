package strict

import (
	"fmt"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// place is where a key or an element begins.
type place struct{ line, rank int } // line from 1; rank among all places of the file

// The limits of a file. The decoder has none: it copies the path of each key, so that a small
// file of tables within tables costs gigabytes.
const (
	maxDepth  = 32      // keys and indices of one path
	maxKey    = 256     // bytes of one key
	maxValues = 50_000  // keys and elements
	maxPaths  = 4 << 20 // bytes of all paths
)

// findPlaces finds the place of each path in TOML. It stops at the first excess.
func findPlaces(text string) *finder {
	f := &finder{text: strings.TrimPrefix(text, byteOrderMark), line: 1, places: map[string]place{}, tables: map[string]int{}}
	f.document()
	return f
}

// placesOf returns the places of valid TOML. keys are those of the decoder in the order of the
// file. If the finder found other keys, it returns no places rather than wrong ones.
func (f *finder) placesOf(keys []toml.Key) map[string]place {
	if !slices.EqualFunc(f.keys, keys, func(a, b toml.Key) bool { return slices.Equal(a, b) }) {
		return nil
	}
	return f.places
}

// finder reads the keys of TOML. It relies on valid input to find the end of each value; on
// other input it returns nonsense, but it terminates.
type finder struct {
	text   string // the rest of the file
	line   int    // of its first character
	places map[string]place
	tables map[string]int // number of elements of each array of tables so far
	keys   []toml.Key     // without indices, like those of the decoder
	paths  int            // bytes of all paths
	excess *Mistake       // nil: the file is within the limits
}

// exceed ends the search.
func (f *finder) exceed(format string, args ...any) {
	if f.excess == nil {
		f.excess = &Mistake{Line: f.line, Text: fmt.Sprintf(format, args...)}
	}
	f.text = ""
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
	f.addKey(slices.Clone(parts))
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
	f.setPlace(path)
	return path
}

// enter returns the path of a subtable, or of the last element of an array of tables.
func (f *finder) enter(path Path, part string) Path {
	path = path.with(part)
	f.mark(path)
	if n := f.tables[path.key()]; n > 0 {
		path = path.with(n - 1)
	}
	return path
}

// setPlace sets the place of a path to the current line.
func (f *finder) setPlace(path Path) {
	key := path.key()
	f.places[key] = place{line: f.line, rank: len(f.keys)}
	switch f.paths += len(key); {
	case len(path) > maxDepth:
		f.exceed("nested more than %d times", maxDepth)
	case len(f.places) > maxValues:
		f.exceed("more than %d keys and values", maxValues)
	case f.paths > maxPaths:
		f.exceed("more than %d MiB of keys, with the tables they are in", maxPaths>>20)
	}
}

// mark sets the place of a path unless it has one: that of the first mention is used until
// the header of the table.
func (f *finder) mark(path Path) {
	if _, ok := f.places[path.key()]; !ok {
		f.setPlace(path)
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
	f.addKey(path.names())
	f.skip(1) // =
	f.blank(false)
	f.value(path)
}

// nameSize is the size in bytes of a name in a key, without its text.
const nameSize = 16

// addKey adds a key, which may be one that is repeated. It keeps all its names.
func (f *finder) addKey(key toml.Key) {
	f.keys = append(f.keys, key)
	if f.paths += len(key) * nameSize; f.paths > maxPaths {
		f.exceed("more than %d MiB of keys, with the tables they are in", maxPaths>>20)
	}
}

// names returns the keys of the path, without indices.
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
		f.skip(max(until(f.text, ",]}#\n"), 1)) // at least one, to terminate
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
