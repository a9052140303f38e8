// Package strict decodes TOML files to the letter and reports all that is wrong
// with one at once, each mistake with its line and with the table it stands in.
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

const maxExcerpt = 4096 // bytes; longer lines show nobody the place

const byteOrderMark = "\ufeff" // the decoder passes over it

// Document is a decoded file. It knows where things stand in it, so that a
// caller can report what is wrong in meaning beside what is wrong in form.
type Document struct {
	file     string
	root     map[string]any
	places   map[string]place // by Path.key; empty: not known
	mistakes Mistakes
	broken   []Path // what Decode could not fill, and has reported
	decoder  *Decoder
}

// Decoder decodes files of the same kind, and looks at their types once: for thousands of
// small files that is a fifth of the time. Its zero value is ready for use. It is not for
// several goroutines at once.
type Decoder struct {
	fields map[reflect.Type]map[string][]int // of structs, by key
}

// Decode reads TOML into a pointer to a struct. A field takes the key that its
// toml tag names, letter for letter; a field without a tag takes none.
//
// It reports keys that the struct does not know, with the nearest that it does,
// keys in other letters (Id for id), wrong types and values out of range. A
// field of type any takes everything. Durations are strings as
// [time.ParseDuration] reads them. A type with UnmarshalText takes strings; one
// with [Shorthand] takes what its kind does not. UnmarshalTOML is refused,
// because the keys below it would go unchecked.
//
// The error is [Mistakes], except where into is not a pointer to a struct. The
// document is nil only where nothing was decoded, as when the file is not
// TOML; otherwise the caller goes on with what was decoded, reports more by
// [Document.Report], and returns [Document.Err].
func Decode(file string, data []byte, into any) (*Document, error) {
	return new(Decoder).Decode(file, data, into)
}

// Decode is as the function [Decode].
func (r *Decoder) Decode(file string, data []byte, into any) (*Document, error) {
	target := reflect.ValueOf(into)
	if target.Kind() != reflect.Pointer || target.IsNil() || target.Elem().Kind() != reflect.Struct {
		return nil, fmt.Errorf("decode %s: want a pointer to a struct, not %T", file, into)
	}
	if len(data) > MaxSize {
		return nil, Mistakes{{File: file, Text: fmt.Sprintf("%d bytes, at most %d", len(data), MaxSize)}}
	}
	var root map[string]any
	meta, err := toml.Decode(string(data), &root)
	if err != nil {
		return nil, Mistakes{syntaxMistake(file, string(data), err)}
	}
	uniform(root)
	d := &Document{file: file, root: root, places: findPlaces(string(data), meta.Keys()), decoder: r}
	d.fillStruct(target.Elem(), d.root, nil)
	return d, d.Err()
}

// uniform makes []any of every array, for which the decoder has two types.
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
	var syntax toml.ParseError
	if !errors.As(err, &syntax) {
		return Mistake{File: file, Text: err.Error()}
	}
	syntax.Position = mendPosition(syntax.Position, strings.TrimPrefix(text, byteOrderMark))
	mistake := Mistake{File: file, Line: syntax.Position.Line, Where: syntax.LastKey, Text: syntax.Message}
	if excerpt := syntax.ErrorWithPosition(); len(excerpt) <= maxExcerpt {
		mistake.Excerpt = strings.TrimPrefix(excerpt, "toml: error: "+syntax.Message+"\n\n")
	}
	return mistake
}

// mendPosition takes line and column from the offset. The decoder counts both a
// line short at the end of a file without a last newline, where it may then have
// no line at all and panic when it is to show it, and the column in the first
// one of a line.
func mendPosition(p toml.Position, text string) toml.Position {
	before := text[:min(max(p.Start, 0), len(text))]
	p.Line = strings.Count(before, "\n") + 1
	p.Col = len(before) - strings.LastIndexByte(before, '\n')
	return p
}

// Report adds a mistake at the path, unless Decode has already reported that
// the value there, or one around it, could not be read.
func (d *Document) Report(path Path, format string, args ...any) {
	for _, broken := range d.broken {
		if path.within(broken) {
			return
		}
	}
	d.add(path, path, fmt.Sprintf(format, args...))
}

// Err returns all [Mistakes] so far, in the order of the file; nil when there are none.
func (d *Document) Err() error { return d.mistakes.Err() }

// Has says whether the path is written in the file.
func (d *Document) Has(path ...any) bool {
	_, ok := d.value(path)
	return ok
}

// Keys returns the keys of the table at the path in the order of the file, which
// a Go map loses; none where there is no table.
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

// Line is the line, counted from 1, on which the path is written: for a table
// that of its header, for a key its own. A path that is not in the file has the
// line of the innermost table around it. Zero means not known.
func (d *Document) Line(path ...any) int {
	for ; len(path) > 0; path = path[:len(path)-1] {
		if place, ok := d.places[Path(path).key()]; ok {
			return place.line
		}
	}
	return 0
}

// Where names the path as people do: helper.opennds.inputs, step 3, or
// step "login" where an element of an array has an id or a name of its own.
func (d *Document) Where(path ...any) string { return d.where(path) }

// add records a mistake that stands at one path and is told of another.
func (d *Document) add(at, of Path, text string) {
	d.mistakes = append(d.mistakes, Mistake{File: d.file, Line: d.Line(at...), Where: d.where(of), Text: text})
}

// fail records that the value at the path could not be read.
func (d *Document) fail(path Path, text string) {
	d.add(path, path, text)
	d.broken = append(d.broken, path)
}
