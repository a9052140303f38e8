// Package strict decodes TOML files to the letter and reports all that is wrong
// with one at once, each mistake with its line and with the table it stands in.
package strict

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/BurntSushi/toml"
)

// MaxSize is the size in bytes of the largest file that [Decode] takes.
const MaxSize = 1 << 20

// Document is a decoded file. It knows where things stand in it, so that a
// caller can report what is wrong in meaning beside what is wrong in form.
type Document struct {
	file     string
	root     map[string]any
	lines    map[string]int // by Path.key; empty: not known
	mistakes Mistakes
	broken   []Path // what Decode could not fill, and has reported
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
	target := reflect.ValueOf(into)
	if target.Kind() != reflect.Pointer || target.IsNil() || target.Elem().Kind() != reflect.Struct {
		return nil, fmt.Errorf("decode %s: want a pointer to a struct, not %T", file, into)
	}
	if len(data) > MaxSize {
		return nil, Mistakes{{File: file, Text: fmt.Sprintf("%d bytes, at most %d", len(data), MaxSize)}}
	}
	d := &Document{file: file}
	meta, err := toml.Decode(string(data), &d.root)
	if err != nil {
		return nil, Mistakes{syntaxMistake(file, err)}
	}
	d.lines = findLines(string(data), meta.Keys())
	d.fillStruct(target.Elem(), d.root, nil)
	return d, d.Err()
}

func syntaxMistake(file string, err error) Mistake {
	var syntax toml.ParseError
	if !errors.As(err, &syntax) {
		return Mistake{File: file, Text: err.Error()}
	}
	return Mistake{
		File:    file,
		Line:    syntax.Position.Line,
		Where:   syntax.LastKey,
		Text:    syntax.Message,
		Excerpt: strings.TrimPrefix(syntax.ErrorWithPosition(), "toml: error: "+syntax.Message+"\n\n"),
	}
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

// Line is the line, counted from 1, on which the path is written: for a table
// that of its header, for a key its own. A path that is not in the file has the
// line of the innermost table around it. Zero means not known.
func (d *Document) Line(path ...any) int {
	for ; len(path) > 0; path = path[:len(path)-1] {
		if line, ok := d.lines[Path(path).key()]; ok {
			return line
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
