package strict

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// fieldsOf finds the field of each key, those of embedded structs included.
func fieldsOf(t reflect.Type) map[string][]int {
	fields := map[string][]int{}
	for _, field := range reflect.VisibleFields(t) {
		key, _, _ := strings.Cut(field.Tag.Get("toml"), ",")
		if field.IsExported() && key != "" && key != "-" {
			fields[key] = field.Index
		}
	}
	return fields
}

// unknownKey reports a key of the table at the path that no field takes.
func (d *Document) unknownKey(key string, table map[string]any, fields map[string][]int, path Path) {
	known := slices.Sorted(maps.Keys(fields))
	at := path.with(key)
	i := slices.IndexFunc(known, func(other string) bool { return strings.EqualFold(key, other) })
	if i < 0 {
		d.add(at, path, fmt.Sprintf("unknown key %q%s", key, hint(key, known)))
		return
	}
	meant := known[i]
	if twin := twinOf(key, meant, table); twin != "" {
		d.add(at, path, fmt.Sprintf("keys %q and %q are one key in different letters: keep only %q", twin, key, meant))
	} else {
		d.add(at, path, fmt.Sprintf("key %q must be written %q", key, meant))
	}
	// Report need not say that the key is missing.
	d.broken = append(d.broken, path.with(meant))
}

// twinOf finds a second key of the table that is the meant one in some letters:
// the meant one itself, else the first before this key.
func twinOf(key, meant string, table map[string]any) string {
	if _, ok := table[meant]; ok {
		return meant
	}
	for _, other := range slices.Sorted(maps.Keys(table)) {
		if other < key && strings.EqualFold(other, meant) {
			return other
		}
	}
	return ""
}

// hint names the nearest known key, or all of them where none is near.
func hint(key string, known []string) string {
	if len(known) == 0 {
		return ": this table has none"
	}
	nearest := slices.MinFunc(known, func(a, b string) int { return distance(key, a) - distance(key, b) })
	if distance(key, nearest) <= 1+len(key)/4 {
		return fmt.Sprintf(": did you mean %q?", nearest)
	}
	return ": known are " + strings.Join(known, ", ")
}

// distance counts the letters to insert, delete or replace on the way from one
// key to the other (Levenshtein).
func distance(from, to string) int {
	row := make([]int, len(to)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(from) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(to) {
			replaced := diagonal
			if from[i] != to[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(to)]
}
