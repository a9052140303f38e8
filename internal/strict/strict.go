// Package strict decodes TOML files strictly and reports all mistakes of a file at once, each
// with its line and its table.
package strict

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// MaxSize is the size in bytes of the largest file that [Decode] takes.
const MaxSize = 1 << 20

// maxMistakes is how many mistakes of a file are reported.
const maxMistakes = 100

const maxExcerpt = 4096 // bytes; an excerpt with longer lines is of no use

const byteOrderMark = "\ufeff" // the decoder ignores it

// Document is a decoded file. It knows the lines of all values, so that a caller can report
// further mistakes with their place.
type Document struct {
	file     string
	root     map[string]any
	places   map[string]place // by Path.key; empty: not known
	mistakes Mistakes
	broken   []Path // values that Decode could not decode, and has reported
	decoder  *Decoder
}

// Decoder decodes files and caches the fields of their types: for thousands of small files
// that saves a fifth of the time. Its zero value is ready for use. It is not safe for
// concurrent use.
type Decoder struct {
	fields map[reflect.Type]map[string][]int // of structs, by key
}

// Decode reads TOML into a pointer to a struct. A field takes the key that its
// toml tag names, in the same case; a field without a tag takes none.
//
// It reports unknown keys, with the nearest known one, keys in another case (Id for id),
// wrong types and values out of range. A field of type any takes every value. Durations
// are strings for [time.ParseDuration]. A type with UnmarshalText takes strings; one with
// [Shorthand] takes other types, too. UnmarshalTOML is refused, because keys below it
// would not be checked.
//
// The error is [Mistakes], unless into is not a pointer to a struct. The document is nil
// only if nothing was decoded, as of a file that is not TOML. Otherwise the caller
// continues with what was decoded, reports further mistakes by [Document.Report], and
// returns [Document.Err].
func Decode(file string, data []byte, into any) (*Document, error) {
	return new(Decoder).Decode(file, data, into)
}

// Decode is like the function [Decode].
func (r *Decoder) Decode(file string, data []byte, into any) (*Document, error) {
	target := reflect.ValueOf(into)
	if target.Kind() != reflect.Pointer || target.IsNil() || target.Elem().Kind() != reflect.Struct {
		return nil, fmt.Errorf("decode %s: want a pointer to a struct, not %T", file, into)
	}
	if len(data) > MaxSize {
		return nil, Mistakes{{File: file, Text: fmt.Sprintf("%d bytes, at most %d", len(data), MaxSize)}}
	}
	found := findPlaces(string(data))
	if found.excess != nil {
		found.excess.File = file
		return nil, Mistakes{*found.excess}
	}
	var root map[string]any
	meta, err := toml.Decode(string(data), &root)
	if err != nil {
		return nil, Mistakes{syntaxMistake(file, string(data), err)}
	}
	uniform(root)
	d := &Document{file: file, root: root, places: found.placesOf(meta.Keys()), decoder: r}
	d.fillStruct(target.Elem(), d.root, nil)
	return d, d.Err()
}

// uniform converts every array to []any. The decoder has two types for them.
func uniform(value any) any {
	switch value := value.(type) {
	case map[string]any:
		for key, below := range value {
			value[key] = uniform(below)
		}
	case []any:
		for i, below := range value {
			value[i] = uniform(below)
		}
	case []map[string]any:
		elements := make([]any, len(value))
		for i, table := range value {
			elements[i] = uniform(table)
		}
		return elements
	}
	return value
}

func syntaxMistake(file, text string, err error) Mistake {
	syntax, ok := errors.AsType[toml.ParseError](err)
	if !ok {
		return Mistake{File: file, Text: err.Error()}
	}
	syntax.Position = fixPosition(syntax.Position, strings.TrimPrefix(text, byteOrderMark))
	mistake := Mistake{File: file, Line: syntax.Position.Line, Where: syntax.LastKey, Text: syntax.Message}
	if excerpt := syntax.ErrorWithPosition(); len(excerpt) <= maxExcerpt {
		mistake.Excerpt = strings.TrimPrefix(excerpt, "toml: error: "+syntax.Message+"\n\n")
	}
	return mistake
}

// fixPosition computes line and column from the offset. At the end of a file without a last
// newline the decoder counts one line too few, and panics when it shows the excerpt; in the
// first column of a line its column is wrong.
func fixPosition(p toml.Position, text string) toml.Position {
	before := text[:min(max(p.Start, 0), len(text))]
	p.Line = strings.Count(before, "\n") + 1
	p.Col = len(before) - strings.LastIndexByte(before, '\n')
	return p
}

// Report adds a mistake at the path, unless Decode has reported that the value there, or one
// around it, could not be decoded.
func (d *Document) Report(path Path, format string, args ...any) {
	if d.isFull() {
		return
	}
	for _, broken := range d.broken {
		if path.within(broken) {
			return
		}
	}
	d.add(path, path, fmt.Sprintf(format, args...))
}

// Refused reports whether Decode could not decode a value at the path or below it.
func (d *Document) Refused(path Path) bool {
	return slices.ContainsFunc(d.broken, func(broken Path) bool { return broken.within(path) })
}

// Warning describes something at the path that is no mistake.
func (d *Document) Warning(path Path, format string, args ...any) string {
	before := d.mistakes
	d.mistakes = nil
	d.add(path, path, fmt.Sprintf(format, args...))
	warning := d.mistakes.Error()
	d.mistakes = before
	return warning
}

// Err returns all [Mistakes] so far, in the order of the file; nil when there are none.
func (d *Document) Err() error { return d.mistakes.Err() }

// Has reports whether the file has the path.
func (d *Document) Has(path ...any) bool {
	_, ok := d.value(path)
	return ok
}

// Keys returns the keys of the table at the path, if any, in the order of the file, which a
// Go map loses.
func (d *Document) Keys(path ...any) []string {
	value, _ := d.value(path)
	table, _ := value.(map[string]any)
	return d.keysOf(table, path)
}

func (d *Document) keysOf(table map[string]any, path Path) []string {
	rank := func(key string) int { return d.places[path.with(key).key()].rank }
	return slices.SortedFunc(maps.Keys(table), func(a, b string) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a, b))
	})
}

// Line returns the line of the path, from 1: the header of a table, or the line of a key. A
// path that is not in the file has the line of the innermost table around it. Zero means
// not known.
func (d *Document) Line(path ...any) int {
	for ; len(path) > 0; path = path[:len(path)-1] {
		if place, ok := d.places[Path(path).key()]; ok {
			return place.line
		}
	}
	return 0
}

// Where returns the path for people: helper.opennds.inputs, step 3, or step "login" if the
// element of an array has a unique id or name.
func (d *Document) Where(path ...any) string { return d.where(path) }

// add records a mistake with the line of one path and the name of another.
func (d *Document) add(at, of Path, text string) {
	if d.isFull() {
		return
	}
	if len(d.mistakes) == maxMistakes-1 {
		text += " (more mistakes are not shown)"
	}
	d.mistakes = append(d.mistakes, Mistake{File: d.file, Line: d.Line(at...), Where: d.where(of), Text: text})
}

// isFull says whether no more mistakes are reported.
func (d *Document) isFull() bool { return len(d.mistakes) == maxMistakes }

// fail records that the value at the path could not be decoded.
func (d *Document) fail(path Path, text string) {
	if d.add(path, path, text); !d.isFull() {
		d.broken = append(d.broken, path)
	}
}
