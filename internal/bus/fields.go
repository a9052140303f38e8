package bus

import (
	"reflect"
	"strings"
)

// field is one field of a struct under its key.
type field struct {
	key       string
	index     []int // as reflect.Value.FieldByIndex takes it
	omitEmpty bool
	omitZero  bool
}

// fieldsOf lists what encoding/json would write of a struct: exported fields
// under the names in their tags, those of embedded structs among them.
func fieldsOf(t reflect.Type) []field {
	var list []field
	for i := range t.NumField() {
		f := t.Field(i)
		tag := f.Tag.Get("json")
		name, options, _ := strings.Cut(tag, ",")
		switch {
		case f.Anonymous && name == "" && f.Type.Kind() == reflect.Struct:
			for _, inner := range fieldsOf(f.Type) {
				inner.index = append([]int{i}, inner.index...)
				list = append(list, inner)
			}
		case f.IsExported() && tag != "-":
			if name == "" {
				name = f.Name
			}
			list = append(list, field{name, []int{i}, options == "omitempty", options == "omitzero"})
		}
	}
	return list
}
