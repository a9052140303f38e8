package flow

import (
	"time"

	"hotspot-helper/internal/strict"
	"hotspot-helper/portal"
)

// json compiles a JSON body: each string in it is a template, each other value stands for itself.
func (l *loader) json(path strict.Path, value any, depth int) any {
	if depth > maxDepth {
		l.wrong(path, "more than %d tables and lists within one another", maxDepth)
		return nil
	}
	switch value := value.(type) {
	case string:
		return l.template(path, value, orSecret)
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
	loaded := make(map[string]any, len(table))
	for _, key := range l.doc.Keys(path...) {
		loaded[key] = l.json(at(path, key), table[key], depth+1)
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

// wait loads a pause, or a page that is opened again until it is as wanted.
func (l *loader) wait(path strict.Path, raw rawWait) action {
	if l.doc.Has(at(path, "seconds")...) {
		if more := l.present(path, "open", "every", "at_most", "until"); len(more) > 0 {
			l.wrong(path, "seconds stands alone; %s would need open in its place", words(more))
		}
		return &pauseAction{pause: l.seconds(at(path, "seconds"), raw.Seconds)}
	}
	for _, key := range []string{"open", "every", "at_most", "until"} {
		if !l.doc.Has(at(path, key)...) {
			l.wrong(path, "want {seconds} or {open, every, at_most, until}: %s is not here", key)
			return nil
		}
	}
	if len(raw.Until) == 0 {
		l.wrong(at(path, "until"), "want at least one query")
	}
	for i := range raw.Until {
		if input := at(path, "until", i, "input"); l.doc.Has(input...) {
			l.wrong(input, "an input does not change while the flow waits: ask for it in when or expect")
		}
	}
	return &pollAction{
		url:    l.urlTemplate(at(path, "open"), raw.Open),
		every:  l.seconds(at(path, "every"), raw.Every),
		atMost: l.seconds(at(path, "at_most"), raw.AtMost),
		until:  l.queries(at(path, "until"), raw.Until),
	}
}

func (l *loader) seconds(path strict.Path, seconds int) time.Duration {
	limit := int(portal.StepTimeout / time.Second)
	if seconds < 1 || seconds > limit {
		l.wrong(path, "want 1 to %d seconds", limit)
		return 0
	}
	return time.Duration(seconds) * time.Second
}
