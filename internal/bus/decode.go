package bus

import (
	"encoding"
	"fmt"
	"reflect"
	"time"

	"hotspot-helper/wifi"
)

// decode fills a struct from a dictionary that encode made. It ignores unknown keys, and
// what is missing stays zero. A value of another type is an error, and so is an unknown
// word of an enum.
func decode(dict dictionary, target any) error {
	v := reflect.ValueOf(target).Elem()
	if err := decodeFields(v, dict); err != nil {
		return fmt.Errorf("decode %s: %w", v.Type(), err)
	}
	return nil
}

// decodeList decodes a list of dictionaries. The result is never nil.
func decodeList[T any](list []dictionary) ([]T, error) {
	values := make([]T, len(list))
	for i, dict := range list {
		if err := decode(dict, &values[i]); err != nil {
			return nil, err
		}
	}
	return values, nil
}

func decodeFields(v reflect.Value, dict dictionary) error {
	for _, f := range fieldsOf(v.Type()) {
		value, ok := dict[f.key]
		if !ok {
			continue
		}
		if err := decodeValue(v.FieldByIndex(f.index), value.Value()); err != nil {
			return fmt.Errorf("%s: %w", f.key, err)
		}
	}
	return nil
}

// decodeValue is the inverse of encodeValue.
func decodeValue(v reflect.Value, value any) error {
	switch target := v.Addr().Interface().(type) {
	case *wifi.SSID:
		return take(value, func(ssid []byte) error { return setSSID(target, ssid) })
	case *time.Time:
		return take(value, func(micros int64) error { *target = time.UnixMicro(micros).UTC(); return nil })
	case encoding.TextUnmarshaler:
		return take(value, func(word string) error { return target.UnmarshalText([]byte(word)) })
	}
	switch v.Kind() {
	case reflect.String:
		return take(value, func(s string) error { v.SetString(s); return nil })
	case reflect.Bool:
		return take(value, func(b bool) error { v.SetBool(b); return nil })
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return take(value, func(n int64) error { return setNumber(v, n, v.OverflowInt, v.SetInt) })
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return take(value, func(n uint64) error { return setNumber(v, n, v.OverflowUint, v.SetUint) })
	case reflect.Float32, reflect.Float64:
		return take(value, func(n float64) error { return setNumber(v, n, v.OverflowFloat, v.SetFloat) })
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		return decodeValue(v.Elem(), value)
	case reflect.Struct:
		return take(value, func(dict dictionary) error { return decodeFields(v, dict) })
	case reflect.Slice:
		return decodeSlice(v, value)
	}
	return fmt.Errorf("no D-Bus type for %s", v.Type())
}

func decodeSlice(v reflect.Value, value any) error {
	elem, err := wireType(v.Type().Elem())
	if err != nil {
		return err
	}
	in := reflect.ValueOf(value)
	if want := reflect.SliceOf(elem); !in.IsValid() || in.Type() != want {
		return fmt.Errorf("want %s, not %T", want, value)
	}
	v.Set(reflect.MakeSlice(v.Type(), in.Len(), in.Len()))
	for i := range in.Len() {
		if err := decodeValue(v.Index(i), in.Index(i).Interface()); err != nil {
			return fmt.Errorf("%d: %w", i, err)
		}
	}
	return nil
}

// take calls set with a value if it has the type.
func take[T any](value any, set func(T) error) error {
	t, ok := value.(T)
	if !ok {
		return fmt.Errorf("want %T, not %T", t, value)
	}
	return set(t)
}

func setSSID(target *wifi.SSID, ssid []byte) error {
	if len(ssid) > wifi.MaxSSID {
		return fmt.Errorf("an SSID has at most %d bytes, not %d", wifi.MaxSSID, len(ssid))
	}
	*target = wifi.SSID(ssid)
	return nil
}

func setNumber[T any](v reflect.Value, n T, overflows func(T) bool, set func(T)) error {
	if overflows(n) {
		return fmt.Errorf("%v is out of the range of %s", n, v.Type())
	}
	set(n)
	return nil
}
