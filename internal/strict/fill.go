package strict

import (
	"encoding"
	"fmt"
	"reflect"
	"time"

	"github.com/BurntSushi/toml"
)

// Shorthand is a type with a second notation: a string for a struct (pin = "1234" for
// pin = { value = "1234" }), or the only element for a slice. The value is a string,
// int64, float64, bool, [time.Time], []any or map[string]any. The error says what is
// wanted, without the value, which may be a secret.
type Shorthand interface{ UnmarshalShorthand(value any) error }

// Concealed is a table whose keys may be secrets, such as one where people write a password without
// quotes. A mistake does not show them, unless they are keys of its fields in another case.
type Concealed interface{ ConcealsKeys() }

// fill sets the target to the value at the path, or records a mistake.
func (d *Document) fill(target reflect.Value, value any, path Path) {
	for target.Kind() == reflect.Pointer {
		target.Set(reflect.New(target.Type().Elem()))
		target = target.Elem()
	}
	if reflect.TypeOf(value).AssignableTo(target.Type()) {
		target.Set(reflect.ValueOf(value))
		return
	}
	switch as := target.Addr().Interface().(type) {
	case toml.Unmarshaler:
		d.fail(path, fmt.Sprintf("%T has UnmarshalTOML, which hides the keys below it", as))
	case Shorthand:
		d.fillShorthand(as, target, value, path)
	case encoding.TextUnmarshaler:
		d.fillText(as, value, path)
	default:
		d.fillKind(target, value, path)
	}
}

func (d *Document) fillShorthand(short Shorthand, target reflect.Value, value any, path Path) {
	if isRegular(target.Kind(), value) {
		d.fillKind(target, value, path)
	} else if err := short.UnmarshalShorthand(value); err != nil {
		d.fail(path, err.Error())
	}
}

// isRegular reports whether the value has the TOML type of the kind.
func isRegular(kind reflect.Kind, value any) bool {
	switch kind {
	case reflect.Struct, reflect.Map:
		_, ok := value.(map[string]any)
		return ok
	case reflect.Slice:
		_, ok := value.([]any)
		return ok
	default:
		return reflect.TypeOf(value).Kind() == kind
	}
}

func (d *Document) fillText(text encoding.TextUnmarshaler, value any, path Path) {
	s, ok := value.(string)
	if !ok {
		d.fail(path, want("a string", value))
	} else if err := text.UnmarshalText([]byte(s)); err != nil {
		d.fail(path, err.Error())
	}
}

func (d *Document) fillKind(target reflect.Value, value any, path Path) {
	switch target.Kind() {
	case reflect.Struct:
		if table, ok := value.(map[string]any); ok {
			d.fillStruct(target, table, path)
		} else {
			d.fail(path, want("a table", value))
		}
	case reflect.Map:
		d.fillMap(target, value, path)
	case reflect.Slice:
		d.fillSlice(target, value, path)
	default:
		if text := setScalar(target, value); text != "" {
			d.fail(path, text)
		}
	}
}

func (d *Document) fillStruct(target reflect.Value, table map[string]any, path Path) {
	fields := d.decoder.fieldsOf(target.Type())
	_, conceals := target.Addr().Interface().(Concealed)
	for _, key := range d.keysOf(table, path) {
		if index, ok := fields[key]; ok {
			d.fill(target.FieldByIndex(index), table[key], path.with(key))
		} else {
			d.unknownKey(key, table, fields, path, conceals)
		}
	}
}

func (d *Document) fillMap(target reflect.Value, value any, path Path) {
	table, ok := value.(map[string]any)
	if !ok {
		d.fail(path, want("a table", value))
		return
	}
	target.Set(reflect.MakeMapWithSize(target.Type(), len(table)))
	for _, key := range d.keysOf(table, path) {
		element := reflect.New(target.Type().Elem()).Elem()
		d.fill(element, table[key], path.with(key))
		target.SetMapIndex(reflect.ValueOf(key).Convert(target.Type().Key()), element)
	}
}

func (d *Document) fillSlice(target reflect.Value, value any, path Path) {
	elements, ok := value.([]any)
	if !ok {
		d.fail(path, wantArray(target.Type().Elem(), value, path))
		return
	}
	target.Set(reflect.MakeSlice(target.Type(), len(elements), len(elements)))
	for i, element := range elements {
		d.fill(target.Index(i), element, path.with(i))
	}
}

func wantArray(element reflect.Type, value any, path Path) string {
	if _, ok := value.(map[string]any); ok && element.Kind() == reflect.Struct {
		if key, ok := path[len(path)-1].(string); ok {
			return fmt.Sprintf("want an array of tables, not a table: write [[…%s]]", QuoteKey(key))
		}
	}
	return want("an array", value)
}

// setScalar returns a mistake, or "".
func setScalar(target reflect.Value, value any) string {
	if target.Type() == reflect.TypeFor[time.Duration]() {
		return setDuration(target, value)
	}
	switch target.Kind() {
	case reflect.String:
		s, ok := value.(string)
		if !ok {
			return want("a string", value)
		}
		target.SetString(s)
	case reflect.Bool:
		b, ok := value.(bool)
		if !ok {
			return want("true or false", value)
		}
		target.SetBool(b)
	default:
		return setNumber(target, value)
	}
	return ""
}

func setDuration(target reflect.Value, value any) string {
	const example = `a duration in quotes such as "90s" or "1h30m"`
	s, ok := value.(string)
	if !ok {
		return want(example, value)
	}
	duration, err := time.ParseDuration(s)
	if err != nil {
		return fmt.Sprintf("want %s, not %q", example, s)
	}
	target.SetInt(int64(duration))
	return ""
}

func setNumber(target reflect.Value, value any) string {
	number, whole := value.(int64)
	switch {
	case target.CanFloat():
		float, ok := value.(float64)
		if whole {
			float, ok = float64(number), true
		}
		if !ok {
			return want("a number", value)
		}
		target.SetFloat(float)
	case !target.CanInt() && !target.CanUint():
		return fmt.Sprintf("no value fits a %s", target.Type())
	case !whole:
		return want("an integer", value)
	case target.CanInt() && !target.OverflowInt(number):
		target.SetInt(number)
	case target.CanUint() && number >= 0 && !target.OverflowUint(uint64(number)):
		target.SetUint(uint64(number))
	default:
		return fmt.Sprintf("%d is out of range", number)
	}
	return ""
}

// want says what is wanted and which type was found. It does not quote the value, which may
// be a secret.
func want(wanted string, value any) string {
	found := "a date or time"
	switch value.(type) {
	case string:
		found = "a string"
	case int64:
		found = "an integer"
	case float64:
		found = "a number"
	case bool:
		found = "true or false"
	case map[string]any:
		found = "a table"
	case []any:
		found = "an array"
	}
	return fmt.Sprintf("want %s, not %s", wanted, found)
}
