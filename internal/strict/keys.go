package strict

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// fieldsOf returns the field of each key, also of embedded structs.
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

// unknownKey reports a key of the table at the path that has no field.
func (d *Document) unknownKey(key string, table map[string]any, fields map[string][]int, path Path, conceals bool) {
	if d.isFull() {
		return
	}
	known := slices.Sorted(maps.Keys(fields))
	at := path.with(key)
	i := slices.IndexFunc(known, func(other string) bool { return strings.EqualFold(key, other) })
	switch {
	case i < 0 && conceals:
		d.add(at, path, "unknown key, which is not shown because it may be a secret: known are "+strings.Join(known, ", "))
		return
	case i < 0:
		d.add(at, path, fmt.Sprintf("unknown key %q%s", key, hint(key, known)))
		return
	}
	meant := known[i]
	if twin := twinOf(key, meant, table); twin != "" {
		d.add(at, path, fmt.Sprintf("keys %q and %q differ only in case: keep %q", twin, key, meant))
	} else {
		d.add(at, path, fmt.Sprintf("key %q must be written %q", key, meant))
	}
	// Then a missing key is not reported again.
	d.broken = append(d.broken, path.with(meant))
}

// twinOf returns another key of the table that differs from the meant key at most in case:
// the meant key, else the first one before this key.
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

// hint names the nearest known key, or all if none is near.
func hint(key string, known []string) string {
	if len(known) == 0 {
		return ": the table has no keys"
	}
	nearest, limit := "", (len(key)+1)/3 // a third of the letters may be wrong
	for _, candidate := range known {
		// The difference in length is a lower bound of the distance.
		if d := len(candidate) - len(key); max(d, -d) > limit {
			continue
		}
		if d := distance(key, candidate); d < limit || d == limit && nearest == "" {
			nearest, limit = candidate, d
		}
	}
	if nearest != "" {
		return fmt.Sprintf(": did you mean %q?", nearest)
	}
	return ": known are " + strings.Join(known, ", ")
}

// distance returns the edit distance with transpositions (optimal string alignment).
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
