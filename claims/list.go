package claims

import (
	"bytes"
	"errors"
	"fmt"

	"hotspot-helper/wifi"
)

// maxListMistakes is how many mistakes in one list are reported, for a wrong file has one on
// each line.
const maxListMistakes = 100

// The limits of the lists of a pack together.
const (
	MaxList   = 32 << 20  // bytes of the files
	maxValues = 2_000_000 // in them
)

// ListError is one mistake in a list file that a claim names.
type ListError struct {
	File string
	Line int // from 1; 0: the file as a whole
	Err  error
}

// Error is of the form file:line: cause.
func (e ListError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %v", e.File, e.Err)
	}
	return fmt.Sprintf("%s:%d: %v", e.File, e.Line, e.Err)
}

// listParser reads one value from each line. It overwrites the bytes of the file, since a
// value is never longer than its line: so a list of a million names is in memory once.
type listParser struct {
	file    string
	values  *int // of the lists of the pack
	parse   func(line []byte) ([]byte, error)
	errs    []error
	more    int // mistakes beyond those in errs
	records []byte
}

// newList reads the lines of a file: one value each. It skips empty lines and those that
// begin with #. It takes data over, and adds to the values of the pack.
func newList(file string, data []byte, values *int, parse func(line []byte) ([]byte, error)) (*byteSet, error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	p := listParser{file: file, values: values, parse: parse, records: data[:0]}
	if len(data) > 0 && data[len(data)-1] != '\n' {
		data = append(data, '\n') // room for the length of the last value
		p.records = data[:0]
	}
	for number := 1; len(data) > 0 && *values <= maxValues; number++ {
		var line []byte
		line, data, _ = bytes.Cut(data, []byte("\n"))
		p.line(number, bytes.TrimSuffix(line, []byte("\r")))
	}
	switch {
	case p.more > 0:
		p.errs = append(p.errs, ListError{File: file, Err: fmt.Errorf("%d more mistakes", p.more)})
	case len(p.errs) == 0 && len(p.records) == 0:
		p.errs = append(p.errs, ListError{File: file, Err: errors.New("no line with a value")})
	}
	if len(p.errs) > 0 {
		return nil, errors.Join(p.errs...)
	}
	if cap(p.records)-len(p.records) > len(p.records)/4 {
		p.records = bytes.Clone(p.records)
	}
	return newByteSet(p.records), nil
}

func (p *listParser) line(number int, line []byte) {
	if len(line) == 0 || line[0] == '#' {
		return
	}
	value, err := p.parse(line)
	if *p.values++; *p.values > maxValues {
		err = fmt.Errorf("the lists of the pack have more than %d values together", maxValues)
	}
	switch {
	case err == nil:
		// The value may lie where its length goes.
		at := len(p.records)
		p.records = p.records[:at+1+len(value)]
		copy(p.records[at+1:], value)
		p.records[at] = byte(len(value))
	case len(p.errs) < maxListMistakes:
		p.errs = append(p.errs, ListError{p.file, number, err})
	default:
		p.more++
	}
}

// parseListedSSID reads an SSID with \xNN for a byte. It refuses white space at the ends,
// which people cannot see.
func parseListedSSID(line []byte) ([]byte, error) {
	if len(bytes.TrimSpace(line)) != len(line) {
		return nil, fmt.Errorf(`parse SSID %q: white space at the beginning or the end: if it belongs to the name, write it as \x20`, line)
	}
	if len(line) <= wifi.MaxSSID && bytes.IndexByte(line, '\\') < 0 {
		return line, nil
	}
	name, err := wifi.ParseSSID(string(line))
	return append(line[:0], name...), err
}

// parseListedBSSID reads the first one to six bytes of an address.
func parseListedBSSID(line []byte) ([]byte, error) {
	prefix, err := wifi.ParseBSSIDPrefix(string(bytes.TrimSpace(line)))
	return append(line[:0], prefix...), err
}
