package probetest

import (
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"hotspot-helper/probe"
)

// EachText replaces each text of evidence by what a function returns for it and its path, such as
// "Hops.URL". Of lists and documents that are empty it makes one first, so that no field is left out.
func EachText(e *probe.Evidence, replace func(path, text string) string) {
	eachText(reflect.ValueOf(e).Elem(), "", replace)
}

func eachText(v reflect.Value, path string, replace func(path, text string) string) {
	if header, ok := v.Interface().(http.Header); ok {
		v.Set(reflect.ValueOf(eachHeader(header, path, replace)))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(replace(path, v.String()))
	case reflect.Pointer:
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		eachText(v.Elem(), path, replace)
	case reflect.Slice:
		if v.Len() == 0 {
			v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		}
		for i := range v.Len() {
			eachText(v.Index(i), path, replace)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if field := v.Type().Field(i); field.IsExported() {
				eachText(v.Field(i), strings.TrimPrefix(path+"."+field.Name, "."), replace)
			}
		}
	default: // a number or a boolean
	}
}

func eachHeader(header http.Header, path string, replace func(path, text string) string) http.Header {
	if len(header) == 0 {
		header = http.Header{"": {""}}
	}
	replaced := http.Header{}
	for _, name := range slices.Sorted(maps.Keys(header)) {
		values := slices.Clone(header[name])
		for i, value := range values {
			values[i] = replace(path, value)
		}
		replaced[replace(path+" name", name)] = values
	}
	return replaced
}
