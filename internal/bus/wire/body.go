package wire

import (
	"encoding/binary"
	"regexp"

	"github.com/godbus/dbus/v5"
)

// maxDepth bounds how many containers a value is in: arrays, structs, entries of dictionaries and variants. D-Bus
// allows 64, what is of use has about ten, and godbus panics when it makes a variant of a value in more than 32 arrays.
const maxDepth = 32

// maxArray bounds an array in bytes (D-Bus specification, "Valid Signatures").
const maxArray = 1 << 26

// decodable reports whether godbus can decode the body of a message, which begins at an offset. D-Bus allows more: such
// as dictionaries by booleans and 64 variants in each other. What godbus cannot decode ends its connection.
func decodable(message []byte, start int, signature string, order binary.ByteOrder) bool {
	f := fields{message, start, order}
	return f.all(signature, 0) && f.at == len(message)
}

// all passes over values of all types of a signature, which are in containers.
func (f *fields) all(signature string, depth int) bool {
	if _, err := dbus.ParseSignature(signature); err != nil || badKey.MatchString(signature) {
		return false
	}
	for rest := signature; rest != ""; {
		var more int
		if more, rest = firstType(rest); depth+more > maxDepth {
			return false
		}
	}
	for ok := true; signature != ""; {
		if signature, ok = f.pass(signature, depth); !ok {
			return false
		}
	}
	return true
}

// badKey matches dictionaries that godbus makes no map of, even if they are empty.
var badKey = regexp.MustCompile(`\{[bgv]`)

// pass passes over a value of the first type of a valid signature, and returns the signature of what follows.
func (f *fields) pass(signature string, depth int) (rest string, ok bool) {
	kind, rest := signature[0], signature[1:]
	switch kind {
	case 'y':
		return rest, f.fixed(1)
	case 'n', 'q':
		return rest, f.fixed(2)
	case 'i', 'u', 'h':
		return rest, f.fixed(4)
	case 'x', 't', 'd':
		return rest, f.fixed(8)
	case 'b':
		number, ok := f.uint32()
		return rest, ok && number <= 1
	case 'g':
		text, _, ok := f.value(kind)
		_, err := dbus.ParseSignature(text)
		return rest, ok && err == nil
	case 'v':
		return rest, f.variant(depth + 1)
	case '(', '{':
		return f.entry(rest, depth+1)
	case 'a':
		return f.array(rest, depth+1)
	}
	_, _, ok = f.value(kind)
	return rest, ok
}

func (f *fields) variant(depth int) bool {
	signature, _, ok := f.value('g')
	return ok && isSingle(signature) && f.all(signature, depth)
}

// isSingle reports whether a signature is that of one value.
func isSingle(signature string) bool {
	parsed, err := dbus.ParseSignature(signature)
	if err != nil || parsed.Empty() {
		return false
	}
	_, rest := firstType(signature)
	return rest == ""
}

// entry passes over the values of a struct or of an entry of a dictionary, whose types end with a bracket.
func (f *fields) entry(signature string, depth int) (rest string, ok bool) {
	f.align(8)
	if isEnd(signature[0]) { // godbus would not get any further in an array of these
		return "", false
	}
	for rest, ok = signature, true; !isEnd(rest[0]); {
		if rest, ok = f.pass(rest, depth); !ok {
			return "", false
		}
	}
	return rest[1:], true
}

func isEnd(kind byte) bool { return kind == ')' || kind == '}' }

// array passes over an array, whose elements have the first type of a signature.
func (f *fields) array(signature string, depth int) (rest string, ok bool) {
	length, ok := f.uint32()
	if !ok || length > maxArray {
		return "", false
	}
	f.align(alignment(signature[0]))
	if int64(length) > int64(len(f.data)-f.at) {
		return "", false
	}
	for end := f.at + int(length); f.at < end; {
		if _, ok = f.pass(signature, depth); !ok || f.at > end {
			return "", false
		}
	}
	_, rest = firstType(signature)
	return rest, true
}

// alignment returns that of a type in bytes (D-Bus specification, "Marshaling").
func alignment(kind byte) int {
	switch kind {
	case 'n', 'q':
		return 2
	case 'b', 'i', 'u', 'h', 's', 'o', 'a':
		return 4
	case 'x', 't', 'd', '(', '{':
		return 8
	}
	return 1
}

// firstType returns how many containers the first type of a valid signature nests, and what follows it.
func firstType(signature string) (depth int, rest string) {
	kind, rest := signature[0], signature[1:]
	switch kind {
	case 'a':
		depth, rest = firstType(rest)
		return depth + 1, rest
	case '(', '{':
		for !isEnd(rest[0]) {
			var inner int
			inner, rest = firstType(rest)
			depth = max(depth, inner)
		}
		return depth + 1, rest[1:]
	}
	return 0, rest
}
