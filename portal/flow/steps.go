package flow

import (
	"fmt"
	"strings"
)

// Step describes a step of a flow for people.
type Step struct {
	ID     string   `json:"id"`
	Terms  string   `json:"terms,omitempty"`  // that it accepts in the user's name
	Action string   `json:"action"`           // such as: submit form#login with user, pass
	Fields []string `json:"fields,omitempty"` // that the file gives values, such as: user = {{.input.user}}; of headers and basic, too
	Cases  []string `json:"cases"`            // the queries of each case
	Closed []string `json:"closed,omitempty"` // the keys of closed, each with the step that it names, such as: goto = settle
}

// Steps returns the steps in the order of the file.
func (f *Flow) Steps() []Step {
	steps := make([]Step, 0, len(f.steps))
	for _, s := range f.steps {
		view := Step{ID: s.id, Terms: s.terms, Action: s.action.String(), Fields: fieldsOf(s.action), Cases: []string{}}
		for _, b := range s.cases {
			view.Cases = append(view.Cases, join(b.when))
		}
		view.Closed = s.closed.describe()
		steps = append(steps, view)
	}
	return steps
}

// describe returns the keys with their values.
func (c *closed) describe() []string {
	switch {
	case c == nil:
		return nil
	case c.late == "":
		return []string{closedGoto + " = " + c.target}
	}
	return []string{closedGoto + " = " + c.target, closedKeyLate + " = " + c.late}
}

// String returns the source of the template.
func (t *template) String() string { return t.source }

func (a *openAction) String() string { return "open " + a.url.String() }

func (a *submitAction) String() string { return "submit " + a.form.String() + withNames(a.fields) }

func (a *postAction) String() string {
	if a.json != nil {
		return "post " + a.url.String() + " with JSON"
	}
	return "post " + a.url.String() + withNames(a.form)
}

func (visitAction) String() string { return "visit the check that the network intercepts" }

// fieldsOf returns what the file fills in of an action, as source.
func fieldsOf(a action) []string {
	var fields, headers []field
	var basic *basic
	switch a := a.(type) {
	case *openAction:
		headers, basic = a.headers, a.basic
	case *submitAction:
		fields, headers, basic = a.fields, a.headers, a.basic
	case *postAction:
		fields, headers, basic = a.form, a.headers, a.basic
	case *followAction:
		headers = a.headers
	case *pollAction:
		headers = a.headers
	}
	var texts []string
	for _, f := range fields {
		texts = append(texts, f.name+" = "+f.value.String())
	}
	for _, f := range headers {
		texts = append(texts, "header "+f.name+" = "+f.value.String())
	}
	if basic != nil {
		texts = append(texts, "basic user = "+basic.user.String(), "basic password = "+basic.password.String())
	}
	return texts
}

func withNames(fields []field) string {
	var names []string
	for _, f := range fields {
		names = append(names, f.name)
	}
	if len(names) == 0 {
		return ""
	}
	return " with " + strings.Join(names, ", ")
}

func (a *followAction) String() string {
	if a.meta {
		return "follow the page's refresh"
	}
	return "follow " + a.link.String()
}

func (a *pauseAction) String() string { return fmt.Sprintf("wait %v", a.pause) }

func (a *pollAction) String() string {
	return fmt.Sprintf("open %s every %v until %s, at most %v", a.url, a.every, join(a.until), a.atMost)
}
