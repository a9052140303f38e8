package remember

import (
	"cmp"
	"context"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"

	"hotspot-helper/internal/web"
	"hotspot-helper/plugins/builtin/clickthrough"
	"hotspot-helper/portal"
)

// Request is what a login sends from one of the portal's pages. It contains nothing that was typed.
type Request struct {
	Method string            `json:"method"`
	Type   string            `json:"type,omitempty"`   // media type of the body
	Target string            `json:"target"`           // scheme, host and path; * stands for a part that looks random
	Names  []string          `json:"names,omitempty"`  // of the fields, and after a question mark of the parameters in the URL; * as in Target
	Values map[string]string `json:"values,omitempty"` // those that are the same at each visit
	Typed  []string          `json:"typed,omitempty"`  // names of those that a person typed
}

// BeforeUse refuses what a remembered login did not do when it was recorded: another target, another button or field, another
// fixed value; and what costs something now. The error is a [*portal.UseError].
func (s Store) BeforeUse(ctx context.Context, name string, use portal.Use) error {
	login, err := s.Login(name)
	if err != nil {
		return err
	}
	now := requestOf(use)
	known, other := now.find(login.Requests)
	if other != "" {
		return &portal.UseError{Reason: "the portal's page asks for something else than when this login was remembered (" + other + "): log in by hand once more"}
	}
	spent := clickthrough.Use{Target: use.Target, Sent: use.Sent, Typed: func(name, _ string) bool { return slices.Contains(known.Typed, name) }}
	if use.Form != nil {
		spent.Form = use.Form.Node()
	}
	if cost := clickthrough.Cost(web.NewSearch(ctx, clickthrough.MaxWork), use.Page, spent); cost != "" {
		return &portal.UseError{Reason: "the portal's page may ask for money, so a person has to look: " + cost}
	}
	return nil
}

// requestOf returns what a use sends, with all values.
func requestOf(use portal.Use) Request {
	r := Request{Method: use.Method, Type: use.Type, Target: targetOf(use.Target), Values: map[string]string{}}
	add := func(before, name, value string) {
		if looksRandom(name) {
			r.Names = append(r.Names, before+"*")
			return
		}
		r.Names = append(r.Names, before+name)
		r.Values[before+name] += value + "\n"
	}
	for parameter := range strings.FieldsFuncSeq(use.Target.RawQuery, func(r rune) bool { return r == '&' || r == ';' }) {
		name, value, _ := strings.Cut(parameter, "=")
		add("?", web.UnescapeQuery(name), web.UnescapeQuery(value))
	}
	for name, values := range use.Sent {
		for _, value := range values {
			add("", name, value)
		}
	}
	slices.Sort(r.Names)
	return r
}

func targetOf(u *url.URL) string {
	segments := strings.Split(u.EscapedPath(), "/")
	for i, segment := range segments {
		if looksRandom(segment) {
			segments[i] = "*"
		}
	}
	return u.Scheme + "://" + u.Host + cmp.Or(strings.Join(segments, "/"), "/")
}

// looksRandom reports whether a name is one that people do not choose: with many digits, or with digits between letters.
func looksRandom(name string) bool {
	const most = 3
	return len(digit().FindAllString(name, most+1)) > most || digitsInside().MatchString(name)
}

// isWord reports whether a value is one that programs choose among few: no token, no address, no time.
func isWord(value string) bool {
	const longest = 40
	return len(value) <= longest && !looksRandom(value) && (len(value) < 6 || !digit().MatchString(value)) && !strings.ContainsAny(value, ".:/")
}

var (
	digit        = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`[0-9]`) })
	digitsInside = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`[A-Za-z][0-9]+[A-Za-z]`) })
)

// find returns the recorded request that this one repeats, else in what it differs from all of them.
func (r *Request) find(recorded []Request) (known Request, other string) {
	other = "another address"
	for _, known := range recorded {
		if r.Target != known.Target {
			continue
		}
		other = "another way to send it"
		if r.Method != known.Method || r.Type != known.Type {
			continue
		}
		other = "other fields"
		if !slices.Equal(r.Names, known.Names) {
			continue
		}
		other = "another value of a field"
		if !known.hasOther(r.Values) {
			return known, ""
		}
	}
	return Request{}, other
}

// hasOther reports whether a fixed value of a recorded request is another one among values.
func (r *Request) hasOther(values map[string]string) bool {
	for name, value := range r.Values {
		if values[name] != value {
			return true
		}
	}
	return false
}

// requestsOf returns the requests of a login that visited a portal twice, with what the visits share.
func requestsOf(visits []Request, isTyped func(string) bool) []Request {
	first, second := visits[:len(visits)/2], visits[len(visits)/2:]
	requests := make([]Request, len(first))
	for i := range first {
		requests[i] = first[i].fixed(second[i], isTyped)
	}
	return requests
}

// fixed returns the request with those values alone that two visits share, that are words, and that nobody typed.
func (r *Request) fixed(other Request, isTyped func(string) bool) Request {
	kept := *r
	kept.Values = map[string]string{}
	for name, value := range r.Values {
		switch {
		case isTyped(value):
			kept.Typed = append(kept.Typed, name)
		case other.Values[name] == value && isWord(strings.TrimSpace(value)):
			kept.Values[name] = value
		}
	}
	slices.Sort(kept.Typed)
	return kept
}
