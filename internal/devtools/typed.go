package devtools

import (
	"encoding/json"
	"errors"
	"slices"

	"hotspot-helper/plugins/record"
	"hotspot-helper/portal"
)

// The limits of what is typed.
const (
	maxControls = 200
	maxValues   = 300     // of one control: each key makes one
	maxTyped    = 1 << 20 // bytes of all values
	maxPayload  = 16 << 10

	// maxUnread is how many characters may come that nothing shows, as when a key chooses from a list, or a field is full:
	// too few to be a password.
	maxUnread = 3
)

var (
	errTooMuchTyped = errors.New("record login: more was typed than a recording keeps")
	errUnread       = errors.New("record login: something was typed where a recording does not see it")
)

// typed is what was typed into controls.
type typed struct {
	controls []*record.Control
	known    map[controlKey]*record.Control
	size     int   // bytes of all values
	unread   int   // characters that came and that no control has
	err      error // why it is not all
}

// failure returns why what is known is not all that was typed.
func (t *typed) failure() error {
	if t.err == nil && t.unread > maxUnread {
		return errUnread
	}
	return t.err
}

// controlKey names a control: by its number in a document, and the document by its world.
type controlKey struct {
	session         string
	context, number int64
}

func newTyped() typed { return typed{known: map[controlKey]*record.Control{}} }

// add adds a report of the script. Any renderer can write one: it may be nonsense.
func (t *typed) add(session string, text json.RawMessage) {
	var event struct {
		Name    string `json:"name"`
		Payload string `json:"payload"`
		Context int64  `json:"executionContextId"`
	}
	if json.Unmarshal(text, &event) != nil || event.Name != binding {
		return
	}
	var report struct {
		Number                       int64
		Name, ID, Type, Label, Value string
		Long                         bool
		Unread                       int
	}
	if len(event.Payload) > maxPayload {
		t.err = errTooMuchTyped
		return
	}
	if json.Unmarshal([]byte(event.Payload), &report) != nil {
		return
	}
	if report.Unread != 0 {
		t.addUnread(report.Unread)
		return
	}
	if report.Long || t.size+len(report.Value) > maxTyped {
		t.err = errTooMuchTyped
		return
	}
	key := controlKey{session, event.Context, report.Number}
	c := t.known[key]
	if c == nil {
		if len(t.controls) == maxControls {
			t.err = errTooMuchTyped
			return
		}
		c = &record.Control{Name: report.Name, ID: report.ID, Type: report.Type, Label: report.Label}
		t.known[key], t.controls = c, append(t.controls, c)
	}
	c.SetType(report.Type)
	t.setValue(c, report.Value)
}

// addUnread adds characters that no control has; below zero, some of them got into one.
func (t *typed) addUnread(count int) {
	const most = 1 << 20
	t.unread = min(max(0, t.unread+min(max(-most, count), most)), most)
}

// addAnswer adds what was typed into a dialog of a script, which is no control of a page.
func (t *typed) addAnswer(text json.RawMessage) {
	var event struct {
		Answer string `json:"userInput"`
	}
	if json.Unmarshal(text, &event) == nil {
		t.addUnread(len(event.Answer))
	}
}

// setValue adds a value to those that a control had.
func (t *typed) setValue(c *record.Control, value string) {
	if n := len(c.Values); n > 0 && c.Values[n-1].Reveal() == value {
		return
	}
	if len(c.Values) == maxValues {
		t.err = errTooMuchTyped
		return
	}
	t.size += len(value)
	c.Values = append(c.Values, portal.Secret(value))
}

// all returns a copy of what was typed.
func (t *typed) all() *record.Typed {
	all := &record.Typed{}
	for _, c := range t.controls {
		copied := *c
		copied.Values = slices.Clone(c.Values)
		all.Controls = append(all.Controls, copied)
	}
	return all
}
