package record

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/PuerkitoBio/goquery"

	"hotspot-helper/internal/redact"
	"hotspot-helper/internal/web"
)

// drafter drafts a pack from a session, step by step.
type drafter struct {
	draft

	session   *session
	typed     *Typed        // nil: not known
	seen      []observation // the responses to the flow so far, in order
	texts     []string      // of these and of the redirects to the portal
	page      *exchange
	untyped   int      // how many of them came before the first action
	whole     []string // see typedTexts; nil: not looked for yet
	spelled   string   // see pieces; empty: not put together yet
	isCurrent bool     // page is the current page of the flow
	isPinned  bool     // the hosts of the capture are the only ones
	work      *web.Search
}

// newDraft drafts a pack from a session.
func newDraft(s *session, name string) *drafter {
	d := &drafter{draft: draft{name: name, label: labelOf(name)}, session: s, typed: s.typed, work: s.work}
	d.draftAll()
	return d
}

// draftAll drafts the steps and what follows from them.
func (d *drafter) draftAll() {
	s := d.session
	first := &step{id: "page", action: "open", target: "{{.probe.url}}"}
	d.steps = append(d.steps, first)
	for _, x := range s.hops[:len(s.hops)-1] {
		d.texts = append(d.texts, textsOf(x)...)
	}
	d.observe(first, s.landing())
	d.untyped = len(d.texts)
	for _, a := range s.actions {
		if d.work.Err() != nil {
			return // the caller looks
		}
		d.addStep(a)
	}
	d.addRefusals()
	d.removeTypedNames()
	d.findTerms()
	d.doubtCalls()
	d.nameHosts()
	d.addClaims()
	d.keepOut(d.sensitive(), false)
	d.keepOut(d.partTexts(), true)
	d.findTyped()
	d.isUnsent = d.isTypedAtEnd() && !slices.ContainsFunc(d.inputs, func(in *input) bool { return in.typed })
	for _, in := range d.inputs {
		in.unexplained = in.unexplained || d.isKnown() && !in.typed
	}
}

// findTyped finds out whether the draft has what was typed where it would be kept: in a host, a name or a query. What the
// portal's page had before is the portal's.
func (d *drafter) findTyped() {
	var targets []redact.Target
	for _, text := range d.sensitive() {
		if !d.landingHas(text) {
			targets = append(targets, redact.Target{Text: text})
		}
	}
	draft := d.draft
	if draft.terms != "" {
		draft.terms = termsOf("")
	}
	draft.name, draft.label = "", "" // the network's name is no place of the portal's
	written := draft.packTOML() + draft.flowTOML()
	if d.work.Spend(costRegexp*len(written)) && redact.New(targets).Contains(written) {
		d.unexplain("what was typed is where it cannot be typed anew")
	}
}

// observe records the responses to a step.
func (d *drafter) observe(s *step, responses ...*exchange) {
	for _, x := range responses {
		d.seen = append(d.seen, observation{s, x})
		d.texts = append(d.texts, textsOf(x)...)
	}
	last := responses[len(responses)-1]
	d.isCurrent = last.kind == document
	if d.isCurrent {
		d.page = last
	}
	if last.bodyMissing {
		d.doubt(s, "the body of the response is not in the capture")
	}
}

// addStep adds the step of an action.
func (d *drafter) addStep(a *action) {
	s := &step{id: d.freeID(a.first())}
	d.steps = append(d.steps, s)
	if a.refused != nil && d.isKnown() {
		// The portal showed its page again, with other tokens: these were sent.
		d.seen = append(d.seen, observation{d.steps[len(d.steps)-2], a.page})
	}
	switch {
	case d.isCurrent && a.first().isGetOf(d.page.next()):
		s.action, s.target = "follow", "meta"
	case d.isCurrent && a.first().kind == document && d.submit(s, a):
	case d.isCurrent && a.first().kind == document && d.follow(s, a.first()):
	case a.first().method == http.MethodGet:
		s.action, s.target = "open", d.address(s, a)
	default:
		d.post(s, a)
	}
	if len(a.first().fields) == maxFields {
		d.doubt(s, "only the first %d fields are read", maxFields)
	}
	d.observe(s, a.exchanges...)
}

// doubtCalls doubts requests of scripts that neither send nor capture a value.
func (d *drafter) doubtCalls() {
	for i, a := range d.session.actions {
		s := d.steps[i+1]
		if a.first().kind == call && !s.reads(".input.") && !s.reads(".capture.") && len(s.captures) == 0 && i+1 < len(d.session.actions) {
			d.doubt(s, "a script of the page sent this; the login may not need it")
		}
	}
}

// freeID returns an unused ID from the path of a URL.
func (d *drafter) freeID(x *exchange) string {
	path := strings.Split(strings.Trim(x.url.Path, "/"), "/")
	name, _, _ := strings.Cut(path[len(path)-1], ".")
	id := identifier(name, "send")
	if isRandom(id) || d.isTypedSegment(path[len(path)-1]) {
		id = "send"
	}
	return unique(id, func(id string) bool {
		return slices.ContainsFunc(d.steps, func(s *step) bool { return s.id == id })
	})
}

// follow makes the step follow a link or a frame of the page, if one leads to x.
func (d *drafter) follow(s *step, x *exchange) bool {
	if x.method != http.MethodGet {
		return false
	}
	for _, link := range find(d.work, d.page.page, "a[href], area[href], frame[src], iframe[src]").EachIter() {
		name, key := goquery.NodeName(link), "href"
		if strings.HasSuffix(name, "frame") {
			key = "src"
		}
		to, err := d.page.page.Resolve(link.AttrOr(key, ""))
		if err != nil {
			continue
		}
		if to.Fragment, to.RawFragment = "", ""; !x.isGetOf(to) {
			continue
		}
		for _, selector := range selectorsOf(name, key, to.Path, link.AttrOr("id", "")) {
			if find(d.work, d.page.page, selector).Length() == 1 {
				s.action, s.target = "follow", selector
				return true
			}
		}
	}
	return false
}

// selectorsOf returns selectors of a link, the best one first: by its ID, by its path as far as that is
// not random, by its whole path.
func selectorsOf(name, key, path, id string) []string {
	var list []string
	if id != "" && !isRandom(id) {
		list = append(list, name+"[id="+cssString(id)+"]")
	}
	segments := strings.SplitAfter(path, "/")
	if i := slices.IndexFunc(segments, isRandom); i > 1 {
		list = append(list, name+"["+key+"*="+cssString(strings.Join(segments[:i], ""))+"]")
	}
	return append(list, name+"["+key+"*="+cssString(path)+"]")
}

// post makes the step post what a script sent, or a form that the page does not contain.
func (d *drafter) post(s *step, a *action) {
	s.action, s.target, s.body = "post", d.address(s, a), "form"
	switch {
	case a.first().json != nil:
		s.json = d.document(s, a, a.first().json, "")
	case a.first().text != "":
		d.doubt(s, "it sent a text that is neither a form nor JSON, which a flow cannot do")
	}
	for _, f := range a.first().fields {
		if slices.ContainsFunc(s.sent, func(known templateField) bool { return known.name == f.name }) {
			d.doubt(s, "the field %s was sent more than once", f.name)
			continue
		}
		s.sent = append(s.sent, templateField{f.name, d.value(s, a, f)})
	}
}

// document replaces the strings of JSON by templates, and numbers that differ at each login.
func (d *drafter) document(s *step, a *action, value any, key string) any {
	switch value := value.(type) {
	case map[string]any:
		made := map[string]any{}
		for _, name := range slices.Sorted(maps.Keys(value)) {
			made[name] = d.document(s, a, value[name], name)
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
	case json.Number:
		return d.number(s, a, field{key, value.String()})
	}
	return value
}

// number returns a number of JSON, or the template that replaces it.
func (d *drafter) number(s *step, a *action, f field) any {
	read := d.value(s, a, f)
	if read == f.value {
		return json.Number(f.value)
	}
	d.doubt(s, "the field %s was a number, and a flow sends it as text: the portal may refuse that", f.name)
	return read
}

// labelOf returns a label from the name of a pack.
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
