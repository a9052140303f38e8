package web

import (
	"context"
	"errors"
	"iter"
	"slices"

	"github.com/PuerkitoBio/goquery"
	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// ErrTooMuchWork is the error of a [Search] that would take too long.
var ErrTooMuchWork = errors.New("too much work on this page")

// What a step of a search costs. A unit is about 10 ns.
const (
	costSelf      = 4  // testing a node, apart from its attributes
	costVisit     = 2  // going to a node
	costRecall    = 16 // looking up a result
	costStore     = 48 // storing one, which takes memory, too
	bytesPerUnit  = 16 // of attributes and text
	unitsPerCheck = 1 << 14
)

// Search finds elements in pages, and matches patterns. It has a budget, stops when its context
// ends, and is for one goroutine.
// All selectors are matched in foreign pages by its [Search.Matcher].
//
// The work on a page is at most proportional to its nodes and the steps of the selector, apart
// from pseudo-classes that read siblings or texts, whose work is counted before it is done.
type Search struct {
	ctx   context.Context
	whole *Search // that this one is a part of; nil: none
	left  int     // units
	check int     // units left at the next check of the context
	err   error
}

// memoKey is a question about a node that may be asked more than once.
type memoKey struct {
	node *html.Node
	of   any // *step: whether it matches; ancestorOrSibling: whether it or one behind it does; *test: whether it has a match below
}

type ancestorOrSibling struct{ *step }

// NewSearch returns a search that does at most so many units of work, each of them about 10
// ns. The context may end it sooner.
func NewSearch(ctx context.Context, units int) *Search {
	return &Search{ctx: ctx, left: units, check: units}
}

// Part returns a search that takes its units from this one, at most so many of them.
func (s *Search) Part(ctx context.Context, units int) *Search {
	part := NewSearch(ctx, units)
	part.whole = s
	return part
}

// Err is [ErrTooMuchWork], the cause of the end of the context, or nil.
func (s *Search) Err() error { return s.err }

// Spend takes units of work from the budget. It reports whether there were enough.
func (s *Search) Spend(units int) bool {
	if s.whole != nil && s.err == nil && !s.whole.Spend(units) {
		s.err = s.whole.err
	}
	s.left -= units
	if s.left <= s.check && s.err == nil {
		s.check = max(s.left-unitsPerCheck, -1)
		if s.ctx.Err() != nil {
			s.err = context.Cause(s.ctx)
		} else if s.left < 0 {
			s.err = ErrTooMuchWork
		}
	}
	return s.err == nil
}

// Matcher binds a selector to the search of one page. What it finds is nothing once the search
// failed, so look at [Search.Err] afterwards.
func (s *Search) Matcher(sel *Selector) goquery.Matcher {
	m := &matcher{Search: s, memo: map[memoKey]bool{}}
	m.Selector = func(n *html.Node) bool { return s.err == nil && s.Spend(1) && m.any(n, sel.group) && s.err == nil }
	return m
}

// matcher is a selector bound to a search, with what is known about it on one page.
type matcher struct {
	*Search
	cascadia.Selector
	memo map[memoKey]bool
}

// MatchAll returns the nodes that match, of n and those below it. It returns all of them,
// or nil if the search failed.
func (s *matcher) MatchAll(n *html.Node) []*html.Node { return s.unlessFailed(s.Selector.MatchAll(n)) }

// Filter returns the nodes that match, of some. It returns all of them, or nil if the
// search failed.
func (s *matcher) Filter(nodes []*html.Node) []*html.Node {
	return s.unlessFailed(s.Selector.Filter(nodes))
}

func (s *matcher) unlessFailed(found []*html.Node) []*html.Node {
	if s.err != nil {
		return nil
	}
	return found
}

// Tags matches elements by their names alone, which is little work on any page.
func Tags(names ...atom.Atom) goquery.Matcher {
	return cascadia.Selector(func(n *html.Node) bool { return n.Type == html.ElementNode && slices.Contains(names, n.DataAtom) })
}

// any reports whether a node matches one selector of a group. Results are meaningless after
// the search failed.
func (s *matcher) any(n *html.Node, group []*step) bool {
	for _, st := range group {
		if s.matches(n, st) {
			return true
		}
	}
	return false
}

// matches reports whether a node matches a selector up to one of its steps.
func (s *matcher) matches(n *html.Node, st *step) bool {
	if !s.compound(n, st) {
		return false
	}
	switch {
	case st.left == nil:
		return true
	case st.combinator == '>':
		return n.Parent != nil && s.recall(memoKey{n.Parent, st.left}, func() bool { return s.matches(n.Parent, st.left) })
	case st.combinator == '+':
		before := n.PrevSibling
		for before != nil && (before.Type == html.TextNode || before.Type == html.CommentNode) && s.Spend(1) {
			before = before.PrevSibling
		}
		return before != nil && s.matches(before, st.left)
	case st.combinator == '~':
		return s.ancestorOrSibling(n, st.left, func(n *html.Node) *html.Node { return n.PrevSibling })
	}
	return s.ancestorOrSibling(n, st.left, func(n *html.Node) *html.Node { return n.Parent })
}

// recall returns the answer to a question, which it looks for once.
func (s *matcher) recall(key memoKey, find func() bool) bool {
	answer, known := s.memo[key]
	if !s.Spend(costRecall) || known {
		return answer
	}
	answer = find()
	if s.Spend(costStore) {
		s.memo[key] = answer
	}
	return answer
}

// ancestorOrSibling reports whether an ancestor or earlier sibling of a node matches.
func (s *matcher) ancestorOrSibling(n *html.Node, st *step, next func(*html.Node) *html.Node) bool {
	var passed []memoKey
	found := false
	for n = next(n); n != nil && !found && s.Spend(costRecall+costStore); n = next(n) {
		key := memoKey{n, ancestorOrSibling{st}}
		answer, known := s.memo[key]
		if known {
			found = answer
			break
		}
		passed = append(passed, key)
		found = s.matches(n, st)
	}
	for _, key := range passed {
		s.memo[key] = found
	}
	return found
}

// compound reports whether a node matches a step, regardless of what is to its left.
func (s *matcher) compound(n *html.Node, st *step) bool {
	if st.tag != "" && (n.Data != st.tag || n.Type != html.ElementNode) {
		return s.Spend(costVisit) && false
	}
	if st.simple != nil {
		bytes := 0
		for _, a := range n.Attr {
			bytes += len(a.Val)
		}
		if !s.Spend((costSelf+len(n.Attr)+bytes/bytesPerUnit)*st.size+bytes*st.regex) || !st.simple.Match(n) {
			return false
		}
	}
	for i := range st.tests {
		if !s.test(n, &st.tests[i]) {
			return false
		}
	}
	return true
}

// test reports whether a node is of a pseudo-class.
func (s *matcher) test(n *html.Node, t *test) bool {
	if t.group == nil {
		return s.afford(n, t) && t.sel.Match(n)
	}
	if n.Type != html.ElementNode || !s.Spend(costSelf) {
		return false
	}
	switch t.name {
	case "not":
		return !s.any(n, t.group)
	case "haschild":
		for child := range n.ChildNodes() {
			if !s.Spend(1) || s.any(child, t.group) {
				return s.err == nil
			}
		}
		return false
	}
	s.recall(memoKey{nil, t}, func() bool { s.markHolders(n, t); return true })
	return s.Spend(costRecall) && s.memo[memoKey{n, t}]
}

// markHolders remembers the elements of the page of n that have a match below them.
func (s *matcher) markHolders(n *html.Node, t *test) {
	top := n
	for top.Parent != nil {
		top = top.Parent
	}
	for node := range top.Descendants() {
		if !s.Spend(1) {
			return
		}
		if !s.any(node, t.group) {
			continue
		}
		for up := node.Parent; up != nil && !s.memo[memoKey{up, t}] && s.Spend(costRecall+costStore); up = up.Parent {
			s.memo[memoKey{up, t}] = true
		}
	}
}

// afford spends what cascadia needs to test a pseudo-class on a node: it goes to the same
// nodes first.
func (s *matcher) afford(n *html.Node, t *test) bool {
	perByte := 0
	if t.reach == reachChildren || t.reach == reachDescendants {
		perByte = 1 + t.regex
	}
	if !s.Spend(costSelf + len(n.Data)*perByte) {
		return false
	}
	for node := range t.visited(n) {
		if !s.Spend(costVisit + len(node.Attr) + len(node.Data)*perByte) {
			return false
		}
	}
	return true
}

// visited returns the nodes that cascadia may visit to test a pseudo-class on a node.
func (t *test) visited(n *html.Node) iter.Seq[*html.Node] {
	switch {
	case t.reach == reachAncestors:
		return func(yield func(*html.Node) bool) { visitAncestors(n, yield) }
	case t.reach == reachSiblings && n.Parent != nil:
		return n.Parent.ChildNodes()
	case t.reach == reachChildren:
		return n.ChildNodes()
	case t.reach == reachDescendants:
		return n.Descendants()
	}
	return func(func(*html.Node) bool) {}
}

// visitAncestors visits a node, its ancestors, and what is before a legend among them, which
// decides whether its fieldset disables it.
func visitAncestors(n *html.Node, yield func(*html.Node) bool) {
	for up := n; up != nil; up = up.Parent {
		if !yield(up) {
			return
		}
		for before := up.PrevSibling; before != nil && up.DataAtom == atom.Legend; before = before.PrevSibling {
			if !yield(before) {
				return
			}
		}
	}
}
