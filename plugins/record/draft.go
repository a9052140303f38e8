package record

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"hotspot-helper/portal"
)

// drafter makes a plan of a story, step by step.
type drafter struct {
	plan

	story *story
	seen  []sight // what the flow has met so far, in order
	page  *exchange
	fresh bool // the page is the flow's current one
}

// sight is an answer that a step had.
type sight struct {
	step *step
	page *portal.Page
}

// draft makes the plan of a pack.
func draft(s *story, name string) *plan {
	d := &drafter{plan: plan{name: name, label: labelOf(name)}, story: s}
	landing := s.hops[len(s.hops)-1]
	first := &step{id: "page", action: "open", target: "{{.probe.url}}"}
	d.steps = append(d.steps, first)
	d.met(first, landing)
	for _, a := range s.acts {
		d.add(a)
	}
	d.conclude()
	d.accept()
	d.question()
	d.nameHosts()
	d.claim()
	return &d.plan
}

// met takes down what a step was answered.
func (d *drafter) met(s *step, answers ...*exchange) {
	for _, x := range answers {
		d.seen = append(d.seen, sight{s, x.page})
	}
	last := answers[len(answers)-1]
	d.fresh = last.kind == document
	if d.fresh {
		d.page = last
	}
	if last.missing {
		d.doubt(s, "the body of the answer is not in the capture")
	}
}

// add makes a step of an act.
func (d *drafter) add(a *act) {
	s := &step{id: d.freeID(a.sent)}
	d.steps = append(d.steps, s)
	switch {
	case d.fresh && a.sent.asks(d.page.next()):
		s.action, s.target = "follow", "meta"
	case d.fresh && a.sent.kind == document && d.submit(s, a):
	case d.fresh && a.sent.kind == document && d.follow(s, a.sent):
	case a.sent.method == http.MethodGet:
		s.action, s.target = "open", d.address(s, a.sent.url)
	default:
		d.post(s, a)
	}
	d.met(s, a.answers...)
}

// question doubts the calls of scripts that neither tell nor learn anything.
func (d *drafter) question() {
	for i, a := range d.story.acts {
		s := d.steps[i+1]
		if a.sent.kind == call && !s.reads(".input.") && !s.reads(".capture.") && len(s.captures) == 0 && i+1 < len(d.story.acts) {
			d.doubt(s, "a script of the page asked for this; perhaps the login does without it")
		}
	}
}

// freeID names a step by where it goes.
func (d *drafter) freeID(x *exchange) string {
	path := strings.Split(strings.Trim(x.url.Path, "/"), "/")
	name, _, _ := strings.Cut(path[len(path)-1], ".")
	id := identifier(name, "send")
	if isDrawn(id) {
		id = "send"
	}
	for n := 2; slices.ContainsFunc(d.steps, func(s *step) bool { return s.id == id }); n++ {
		id = fmt.Sprintf("%s_%d", strings.TrimRight(id, "_0123456789"), n)
	}
	return id
}

// follow makes a step of a link or a frame.
func (d *drafter) follow(s *step, x *exchange) bool {
	if x.method != http.MethodGet {
		return false
	}
	for _, node := range d.page.page.Document().Find("a[href], area[href], frame[src], iframe[src]").Nodes {
		key := "href"
		if strings.HasSuffix(node.Data, "frame") {
			key = "src"
		}
		to, err := d.page.page.Resolve(attribute(node, key))
		if err != nil {
			continue
		}
		if to.Fragment, to.RawFragment = "", ""; !x.asks(to) {
			continue
		}
		selector := node.Data + "[" + key + "*=" + cssString(to.Path) + "]"
		if id := attribute(node, "id"); id != "" && !isDrawn(id) {
			selector = node.Data + "[id=" + cssString(id) + "]"
		}
		if d.page.page.Document().Find(selector).Length() == 1 {
			s.action, s.target = "follow", selector
			return true
		}
	}
	return false
}

// post makes a step of what a script sent, or of a form that is not on the page as it was
// answered.
func (d *drafter) post(s *step, a *act) {
	s.action, s.target, s.body = "post", d.address(s, a.sent.url), "form"
	switch {
	case a.sent.json != nil:
		s.json = d.document(s, a, a.sent.json, "")
	case a.sent.text != "":
		d.doubt(s, "it sent a text that is neither a form nor JSON, which a flow cannot")
	}
	for _, f := range a.sent.fields {
		if slices.ContainsFunc(s.sent, func(known sending) bool { return known.name == f.name }) {
			d.doubt(s, "the field %s was sent more than once", f.name)
			continue
		}
		s.sent = append(s.sent, sending{f.name, d.value(s, a, f)})
	}
}

// document makes templates of the texts in what was sent as JSON.
func (d *drafter) document(s *step, a *act, value any, key string) any {
	switch value := value.(type) {
	case map[string]any:
		made := map[string]any{}
		for name, below := range value {
			made[name] = d.document(s, a, below, name)
		}
		return made
	case []any:
		made := []any{}
		for _, below := range value {
			made = append(made, d.document(s, a, below, key))
		}
		return made
	case string:
		return d.value(s, a, field{key, value})
	}
	return value
}

// labelOf makes a label of a name.
func labelOf(name string) string {
	const longest = 24
	words := strings.Split(name, "-")
	for i, word := range words {
		if word != "" {
			words[i] = strings.ToUpper(word[:1]) + word[1:]
		}
	}
	label := strings.Join(words, " ")
	return strings.TrimSpace(label[:min(len(label), longest)])
}
