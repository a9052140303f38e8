package strict

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// fieldsOf finds the field of each key, those of embedded structs included.
func (r *Decoder) fieldsOf(t reflect.Type) map[string][]int {
	if fields, ok := r.fields[t]; ok {
		return fields
	}
	fields := map[string][]int{}
	for _, field := range reflect.VisibleFields(t) {
		key, _, _ := strings.Cut(field.Tag.Get("toml"), ",")
		if field.IsExported() && key != "" && key != "-" {
			fields[key] = field.Index
		}
	}
	if r.fields == nil {
		r.fields = map[reflect.Type]map[string][]int{}
	}
	r.fields[t] = fields
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
	nearest, slips := "", (len(key)+1)/3 // a third of the letters may be wrong
	for _, candidate := range known {
		// A key of another length is too far anyway, and need not be compared.
		if d := len(candidate) - len(key); max(d, -d) > slips {
			continue
		}
		if d := distance(key, candidate); d < slips || d == slips && nearest == "" {
			nearest, slips = candidate, d
		}
	}
	if nearest != "" {
		return fmt.Sprintf(": did you mean %q?", nearest)
	}
	return ": known are " + strings.Join(known, ", ")
}

// distance counts the slips of a typist from one key to the other: a letter too
// many, too few, wrong, or changed with the next (optimal string alignment).
func distance(from, to string) int {
	rows := make([][]int, len(from)+1)
	for i := range rows {
		rows[i] = make([]int, len(to)+1)
		rows[i][0] = i
	}
	for j := range len(to) {
		rows[0][j+1] = j + 1
	}
	for i := range len(from) {
		for j := range len(to) {
			wrong := 0
			if from[i] != to[j] {
				wrong = 1
			}
			best := min(rows[i][j]+wrong, rows[i][j+1]+1, rows[i+1][j]+1)
			if i > 0 && j > 0 && from[i] == to[j-1] && from[i-1] == to[j] {
				best = min(best, rows[i-1][j-1]+1)
			}
			rows[i+1][j+1] = best
		}
	}
	return rows[len(from)][len(to)]
}
