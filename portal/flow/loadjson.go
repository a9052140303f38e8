package flow

import (
	"strings"

	"hotspot-helper/internal/strict"
)

// jsonNull is the template that stands for null in a JSON body, because TOML has none.
const jsonNull = "{{null}}"

// null is null in a compiled JSON body.
type null struct{}

// member is a key of a table in a compiled JSON body, and its value.
type member struct {
	key      string
	template *template // of the key; nil: a text
	value    any
}

// json compiles a JSON body. Its strings are templates.
func (l *loader) json(path strict.Path, value any, depth int) any {
	if depth > maxDepth {
		l.wrong(path, "more than %d nested tables and lists", maxDepth)
		return nil
	}
	switch value := value.(type) {
	case string:
		if strings.TrimSpace(value) == jsonNull {
			return null{}
		}
		return l.template(path, value, allowSecret)
	case bool, int64, float64:
		return value
	case map[string]any:
		return l.jsonTable(path, value, depth)
	case []map[string]any:
		list := make([]any, len(value))
		for i, entry := range value {
			list[i] = entry
		}
		return l.jsonList(path, list, depth)
	case []any:
		return l.jsonList(path, value, depth)
	default:
		l.wrong(path, "JSON has no dates: write it as a string")
		return nil
	}
}

func (l *loader) jsonTable(path strict.Path, table map[string]any, depth int) any {
	if !l.limited(path, len(table), maxFields) {
		return nil
	}
	loaded := make([]member, 0, len(table))
	for _, key := range l.doc.Keys(path...) {
		loaded = append(loaded, member{key: key, template: l.name(at(path, key), key), value: l.json(at(path, key), table[key], depth+1)})
	}
	return loaded
}

func (l *loader) jsonList(path strict.Path, list []any, depth int) any {
	if !l.limited(path, len(list), maxFields) {
		return nil
	}
	loaded := make([]any, len(list))
	for i, entry := range list {
		loaded[i] = l.json(at(path, i), entry, depth+1)
	}
	return loaded
}
