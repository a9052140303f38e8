package bus

import (
	"encoding"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/godbus/dbus/v5"

	"hotspot-helper/wifi"
)

// dictionary is a{sv}: a struct on the bus, under the keys of its JSON. An SSID is bytes
// (ay), a time microseconds since 1970 (x), left out if it is zero; a value with a text
// form is that text (s). Integers are x or t, structs a{sv}, and lists of structs aa{sv}.
// A nil pointer is left out, a nil list is empty.
type dictionary = map[string]dbus.Variant

// encode returns a struct as a dictionary.
func encode(value any) (dictionary, error) {
	dict := dictionary{}
	if err := encodeFields(dict, reflect.ValueOf(value)); err != nil {
		return nil, fmt.Errorf("encode %T: %w", value, err)
	}
	return dict, nil
}

// encodeList returns structs as a list of dictionaries.
func encodeList[T any](values []T) ([]dictionary, error) {
	list := make([]dictionary, 0, len(values))
	for _, value := range values {
		dict, err := encode(value)
		if err != nil {
			return nil, err
		}
		list = append(list, dict)
	}
	return list, nil
}

func encodeFields(dict dictionary, v reflect.Value) error {
	for _, f := range fieldsOf(v.Type()) {
		field := v.FieldByIndex(f.index)
		if f.omitEmpty && isEmpty(field) || f.omitZero && field.IsZero() || isUnset(field) {
			continue
		}
		value, err := encodeValue(field)
		if err != nil {
			return fmt.Errorf("%s: %w", f.key, err)
		}
		dict[f.key] = dbus.MakeVariant(value)
	}
	return nil
}

// isUnset reports whether a value is left out of a dictionary.
func isUnset(v reflect.Value) bool {
	return v.Kind() == reflect.Pointer && v.IsNil() || v.Type() == reflect.TypeFor[time.Time]() && v.IsZero()
}

// isEmpty reports whether a value is empty in the sense of omitempty of encoding/json.
func isEmpty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Slice, reflect.Map, reflect.Array, reflect.String:
		return v.Len() == 0
	case reflect.Struct:
		return false
	default:
		return v.IsZero()
	}
}

// encodeValue returns a value of a type that has a D-Bus signature.
func encodeValue(v reflect.Value) (any, error) {
	if v.Kind() == reflect.Pointer { // first, for a pointer has the methods of what it points to
		return encodeValue(v.Elem())
	}
	switch value := v.Interface().(type) {
	case wifi.SSID:
		return []byte(value), nil
	case time.Time:
		return value.UnixMicro(), nil
	case encoding.TextMarshaler:
		word, err := value.MarshalText()
		return text(string(word)), err
	}
	switch v.Kind() {
	case reflect.String:
		return text(v.String()), nil
	case reflect.Bool:
		return v.Bool(), nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return v.Int(), nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return v.Uint(), nil
	case reflect.Float32, reflect.Float64:
		return v.Float(), nil
	case reflect.Struct:
		dict := dictionary{}
		return dict, encodeFields(dict, v)
	case reflect.Slice:
		return encodeSlice(v)
	}
	return nil, fmt.Errorf("no D-Bus type for %s", v.Type())
}

func encodeSlice(v reflect.Value) (any, error) {
	t, err := wireType(v.Type().Elem())
	if err != nil {
		return nil, err
	}
	list := reflect.MakeSlice(reflect.SliceOf(t), v.Len(), v.Len())
	for i := range v.Len() {
		value, err := encodeValue(v.Index(i))
		if err != nil {
			return nil, fmt.Errorf("%d: %w", i, err)
		}
		list.Index(i).Set(reflect.ValueOf(value))
	}
	return list.Interface(), nil
}

// wireType returns the type of the values that encodeValue returns for a type.
func wireType(t reflect.Type) (reflect.Type, error) {
	switch t.Kind() {
	case reflect.Pointer: // D-Bus has no null that could stand in a list
		return nil, fmt.Errorf("no D-Bus type for a list of %s", t)
	case reflect.Slice:
		elem, err := wireType(t.Elem())
		if err != nil {
			return nil, err
		}
		return reflect.SliceOf(elem), nil
	}
	value, err := encodeValue(reflect.Zero(t))
	return reflect.TypeOf(value), err
}

// text replaces what a D-Bus string may not hold: the bus disconnects a sender of it. The
// text of a portal may hold anything.
func text(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}
