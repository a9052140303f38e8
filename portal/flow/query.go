package flow

import (
	"fmt"
	"strings"

	"hotspot-helper/internal/web"
)

// query finds values on a page and tests them. It holds if one value passes the test.
type query struct {
	source source
	test   test
}

// source finds values on a page, at most as many as given.
type source interface {
	values(v *view, most int) []string
	String() string
}

// test is a condition on a value. The zero test passes all.
type test struct {
	kind    testKind
	text    string    // from the file
	expr    *template // of testEquals, if the text is a template
	pattern *web.Pattern
}

type testKind uint8

const (
	testPresent testKind = iota
	testText             // contains, ignoring case and white space
	testEquals
	testMatches
	testAbsent // there is no value
)

func (t test) passes(work *web.Search, value string) (bool, error) {
	switch t.kind {
	case testText:
		return work.Spend(costQuery+foldPerByte*(len(value)+len(t.text))) && strings.Contains(fold(value), fold(t.text)), work.Err()
	case testEquals:
		return work.Spend(1) && value == t.text, work.Err()
	case testMatches:
		return work.Matches(t.pattern, value)
	default:
		return true, nil
	}
}

// tested returns how many values the test may look at.
func (t test) tested() int {
	if t.kind == testPresent || t.kind == testAbsent {
		return 1
	}
	return maxFound
}

// What a query costs, in the units of [web.Search].
const (
	costQuery     = 50 // besides its values
	foldPerByte   = 4
	readPerByte   = 2 // of a text that is decoded, parsed or cut into tokens
	unitsPerField = 10
)

// fold lowers case and collapses white space.
func fold(s string) string { return strings.ToLower(squeeze(s)) }

func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }

// first returns the first value that passes the test.
func (q query) first(v *view) (string, bool) {
	if !v.work.Spend(costQuery) {
		v.fail(q.source, v.work.Err())
		return "", false
	}
	test := q.test
	if test.expr != nil {
		var err error
		if test.text, err = v.render(test.expr); err != nil {
			v.fail(q.source, err)
			return "", false
		}
	}
	values := q.source.values(v, test.tested())
	if err := v.work.Err(); err != nil {
		v.fail(q.source, err)
		return "", false
	}
	for _, value := range values {
		passes, err := test.passes(v.work, value)
		if err != nil {
			v.fail(q.source, err)
			return "", false
		}
		if passes {
			return value, true
		}
	}
	return "", false
}

// isForPeople reports whether the query finds text for people that the flow does not know
// already.
func (q query) isForPeople() bool {
	if q.test.kind == testEquals {
		return false
	}
	switch source := q.source.(type) {
	case cssSource:
		return source.attr == ""
	case urlSource:
		return source.param != ""
	case jsonSource, wisprSource, xmlSource:
		return true
	default:
		return false
	}
}

// absentInput returns the input that must be absent for the query to hold.
func (q query) absentInput() (name string, ok bool) {
	source, ok := q.source.(inputSource)
	return source.name, ok && q.test.kind == testAbsent
}

func (q query) holds(v *view) bool {
	_, found := q.first(v)
	return found != (q.test.kind == testAbsent)
}

// String describes the query.
func (q query) String() string {
	if q.test.kind == testAbsent {
		return "no " + q.source.String()
	}
	return q.source.String() + q.test.String()
}

// firstUnmet returns the first query that does not hold, if any. The error says why a query
// has no answer: an input could not be looked up, or a page not be searched.
func firstUnmet(queries []query, v *view) (missing query, unmet bool, err error) {
	for _, q := range queries {
		holds := q.holds(v)
		if v.err != nil {
			return query{}, false, v.err
		}
		if !holds {
			return q, true, nil
		}
	}
	return query{}, false, nil
}

func (t test) String() string {
	switch t.kind {
	case testText:
		return fmt.Sprintf(" with text %q", t.text)
	case testEquals:
		return fmt.Sprintf(" that equals %q", t.text)
	case testMatches:
		return fmt.Sprintf(" that matches %q", t.text)
	default:
		return ""
	}
}
