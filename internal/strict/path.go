package strict

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Path leads from the root of a file to a value. A string is the key of a table, an int the
// index of an array.
type Path []any

// with returns a copy of the path with one more step.
func (p Path) with(step any) Path { return append(slices.Clip(p), step) }

// within reports whether the path is the other one or below it.
func (p Path) within(other Path) bool {
	return len(p) >= len(other) && slices.Equal(p[:len(other)], other)
}

// key returns a unique text for the path.
func (p Path) key() string {
	var b strings.Builder
	for _, step := range p {
		if key, ok := step.(string); ok {
			b.WriteString(strconv.Quote(key))
		} else {
			fmt.Fprintf(&b, "[%v]", step)
		}
	}
	return b.String()
}

// value returns the value at the path.
func (d *Document) value(path Path) (any, bool) {
	var at any = d.root
	for _, step := range path {
		switch step := step.(type) {
		case string:
			table, _ := at.(map[string]any)
			value, ok := table[step]
			if !ok {
				return nil, false
			}
			at = value
		case int:
			elements, _ := at.([]any)
			if step < 0 || step >= len(elements) {
				return nil, false
			}
			at = elements[step]
		default:
			return nil, false
		}
	}
	return at, true
}

func (d *Document) where(path Path) string {
	var b strings.Builder
	separator := ""
	for i, step := range path {
		index, ok := step.(int)
		if ok {
			b.WriteString(" " + d.elementName(path[:i], index))
			separator = ", "
			continue
		}
		b.WriteString(separator + QuoteKey(fmt.Sprint(step)))
		separator = "."
	}
	return strings.TrimPrefix(b.String(), " ")
}

// elementName returns the quoted id or name of an element if it is unique, else its number
// from 1.
func (d *Document) elementName(array Path, index int) string {
	number := strconv.Itoa(index + 1)
	value, _ := d.value(array)
	elements, _ := value.([]any)
	if index < 0 || index >= len(elements) {
		return number
	}
	for _, key := range []string{"id", "name"} {
		name := nameBy(elements[index], key)
		if name == "" {
			continue
		}
		others := slices.ContainsFunc(slices.Concat(elements[:index], elements[index+1:]), func(other any) bool {
			return nameBy(other, key) == name
		})
		if others {
			return number
		}
		return strconv.Quote(name)
	}
	return number
}

func nameBy(element any, key string) string {
	table, _ := element.(map[string]any)
	name, _ := table[key].(string)
	return name
}
