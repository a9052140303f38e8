package claims

import (
	"bytes"
	"errors"
	"fmt"

	"hotspot-helper/wifi"
)

// maxListMistakes is how many mistakes in one list are told: who mistook one file
// for another need not read all of it.
const maxListMistakes = 100

// maxList is the size in octets of the largest list.
const maxList = 64 << 20

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

// listParser reads one value on each line. It writes over the file's octets, for
// what a line stands for is never longer than the line: a list of a million
// names is held in memory once.
type listParser struct {
	file    string
	parse   func(line []byte) ([]byte, error)
	errs    []error
	unsaid  int // mistakes beyond those told
	records []byte
}

// newList reads the lines of a file: one value each, none on an empty line and on one
// that begins with #. It takes data over.
func newList(file string, data []byte, parse func(line []byte) ([]byte, error)) (*octetSet, error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	p := listParser{file: file, parse: parse, records: data[:0]}
	switch {
	case len(data) > maxList:
		return nil, ListError{File: file, Err: fmt.Errorf("%d octets, at most %d", len(data), maxList)}
	case len(data) > 0 && data[len(data)-1] != '\n':
		data = append(data, '\n') // room for the length before what the last line stands for
		p.records = data[:0]
	}
	for number := 1; len(data) > 0; number++ {
		var line []byte
		line, data, _ = bytes.Cut(data, []byte("\n"))
		p.line(number, bytes.TrimSuffix(line, []byte("\r")))
	}
	switch {
	case p.unsaid > 0:
		p.errs = append(p.errs, ListError{File: file, Err: fmt.Errorf("%d more mistakes", p.unsaid)})
	case len(p.errs) == 0 && len(p.records) == 0:
		p.errs = append(p.errs, ListError{File: file, Err: errors.New("no line with a value")})
	}
	if len(p.errs) > 0 {
		return nil, errors.Join(p.errs...)
	}
	if cap(p.records)-len(p.records) > len(p.records)/4 {
		p.records = bytes.Clone(p.records)
	}
	return newOctetSet(p.records), nil
}

func (p *listParser) line(number int, line []byte) {
	if len(line) == 0 || line[0] == '#' {
		return
	}
	value, err := p.parse(line)
	switch {
	case err == nil:
		// The value may lie where its length is to stand.
		at := len(p.records)
		p.records = p.records[:at+1+len(value)]
		copy(p.records[at+1:], value)
		p.records[at] = byte(len(value))
	case len(p.errs) < maxListMistakes:
		p.errs = append(p.errs, ListError{p.file, number, err})
	default:
		p.unsaid++
	}
}

// parseListedSSID reads an SSID with \xNN for an octet. White space at the ends is
// refused: nobody sees it.
func parseListedSSID(line []byte) ([]byte, error) {
	if len(bytes.TrimSpace(line)) != len(line) {
		return nil, fmt.Errorf(`parse SSID %q: white space at the beginning or the end: if it belongs to the name, write it as \x20`, line)
	}
	if len(line) <= wifi.MaxSSID && bytes.IndexByte(line, '\\') < 0 {
		return line, nil
	}
	name, err := wifi.ParseSSID(string(line))
	return []byte(name), err
}

// parseListedBSSID reads one to six octets of an address.
func parseListedBSSID(line []byte) ([]byte, error) {
	prefix, err := wifi.ParseBSSIDPrefix(string(bytes.TrimSpace(line)))
	return []byte(prefix), err
}
