package flow

import (
	"slices"
	"strings"
)

// ReturnedSecrets stands for secrets that a page of the portal returned, and that the flow captured.
const ReturnedSecrets = "what the portal returns of secrets"

// InAddresses returns the inputs that URLs which the flow writes may have, sorted: the user may keep any of them as a
// secret. If secrets may be in URLs, and one reads a capture, [ReturnedSecrets] are among them.
func (f *Flow) InAddresses() []string {
	var names []string
	for _, s := range f.steps {
		t := addressOf(s.action)
		if t == nil {
			continue
		}
		for _, r := range t.refs {
			switch {
			case r.space == spaceInput:
				names = append(names, r.name)
			case r.space == spaceCapture && f.secretInAddress:
				names = append(names, ReturnedSecrets)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// addressOf returns the template of the URL that the flow writes for an action, nil without.
func addressOf(a action) *template {
	switch a := a.(type) {
	case *openAction:
		return a.url
	case *postAction:
		return a.url
	case *pollAction:
		return a.url
	}
	return nil
}

// ownQuery says what query a text may have if it is a URL, or a part of one.
type ownQuery uint8

const (
	noQuery      ownQuery = iota // none
	networkQuery                 // that of a URL that the network gave, as a whole
	anyQuery                     // one of the flow's own making
)

// queryOfText is for a text of the file.
func queryOfText(text string) ownQuery {
	if strings.Contains(text, "?") {
		return anyQuery
	}
	return noQuery
}

// queryOfRef is for the value of a reference. The flow, or a page, decides what a capture and the default of an input are.
func queryOfRef(r ref) ownQuery {
	switch {
	case r.space == spaceLink, r == ref{spaceProbe, "host"}:
		return noQuery
	case r.space == spaceProbe:
		return networkQuery
	}
	return anyQuery
}

// queryOfCall is for the result of a function: any, unless the function writes no question mark, or passes on what has none.
func queryOfCall(function string, args []operand) ownQuery {
	most := noQuery
	for _, arg := range args {
		most = max(most, arg.query)
	}
	switch function {
	case "hex", "base64", "urlencode", "now_ms", "random_hex", "timediff":
		return noQuery
	case functionOr:
		return most
	case "concat", "lower", "upper", "slice", "split":
		if most == noQuery {
			return noQuery
		}
	}
	return anyQuery
}

// canHaveQuery reports whether a URL may have a query of the flow's own making. What follows a URL of the
// network's may continue the query of that.
func (t *template) canHaveQuery() bool {
	if len(t.parts) == 1 {
		return t.parts[0].query == anyQuery
	}
	return slices.ContainsFunc(t.parts, func(o operand) bool { return o.query != noQuery })
}

// readsGiven reports whether the template reads what the user may have given: also what the portal returned of it, and
// what an earlier flow captured.
func (t *template) readsGiven() bool {
	return slices.ContainsFunc(t.refs, func(r ref) bool { return r.space != spaceProbe && r.space != spaceLink })
}
