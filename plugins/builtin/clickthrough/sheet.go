package clickthrough

import (
	"cmp"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"hotspot-helper/internal/web"
)

// The limits of the style sheets that are read. Beyond them, what they hide is unknown.
const (
	maxSheets  = 128 << 10 // bytes of a page's style elements
	maxRules   = 2000      // selectors of rules that can hide something
	maxNesting = 8         // of blocks
	maxClasses = 32        // of an element
)

// What it costs to read styles, in units of [web.Search].
const (
	styleCost     = 16 // for each byte
	headCost      = 24 // for each token of selectors
	ruleCost      = 40 // for each selector
	compareCost   = 3  // for each name
	attributeCost = 8  // for each attribute
	chosenCost    = 30 // for a rule of an element
	setCost       = 20 // for each of its declarations
)

// sheet has the rules of a page's style elements that can hide something. Style sheets of their own
// address are not known: nobody loads them.
type sheet struct {
	rules  map[string][]styleRule // by what the last part of the selector names: #id, .class or a type
	count  int
	unread bool // there is more that is not understood

	names map[*html.Node]elementNames // cache of namesOf
	seen  map[*html.Node]appearance   // cache of document.styled
}

// styleRule is a selector with what it declares.
type styleRule struct {
	selector

	declarations []declaration
	order        int
}

// elementNames is what selectors compare of an element.
type elementNames struct {
	tag     string
	id      cssName
	classes []cssName
	more    bool // it has more classes
}

// readSheets reads the style elements of the page that browsers read.
func (d *document) readSheets() *sheet {
	s := &sheet{rules: map[string][]styleRule{}, names: map[*html.Node]elementNames{}, seen: map[*html.Node]appearance{}}
	left := maxSheets
	for _, style := range d.page.Document().FindMatcher(web.Tags(atom.Style)).EachIter() {
		n := style.Nodes[0]
		sure := screens(cssTokens(web.TruncateUTF8(attribute(n, "media"), maxOwnText)))
		if kind := attribute(n, "type"); kind != "" && !strings.EqualFold(kind, "text/css") || sure == never || d.isInert(n) {
			continue
		}
		if hasAttribute(n, "title") { // of alternative sheets only one counts
			sure = perhaps
		}
		var source strings.Builder
		for child := range n.ChildNodes() {
			source.WriteString(child.Data)
		}
		if left -= source.Len(); left < 0 {
			s.unread = true
			break
		}
		if d.search.Spend(styleCost * source.Len()) {
			r := sheetReader{document: d, sheet: s, tokens: cssTokens(source.String())}
			r.block(nil, sure == always, 0)
		}
	}
	return s
}

// isInert reports whether an element is where styles have no effect in a browser that runs scripts.
func (d *document) isInert(n *html.Node) bool {
	for up := n.Parent; up != nil && d.search.Spend(1); up = up.Parent {
		if up.DataAtom == atom.Template || up.DataAtom == atom.Noscript {
			return true
		}
	}
	return false
}

// add adds a rule for each selector.
func (s *sheet) add(d *document, selectors []selector, declarations []declaration) {
	if len(declarations) == 0 {
		return
	}
	for _, one := range selectors {
		if s.count == maxRules || !d.search.Spend(ruleCost) {
			s.unread = true
			return
		}
		key := one.parts[len(one.parts)-1].key()
		s.rules[key] = append(s.rules[key], styleRule{one, declarations, s.count})
		s.count++
	}
}

// namesOf returns what selectors compare of an element.
func (s *sheet) namesOf(d *document, n *html.Node) elementNames {
	names, known := s.names[n]
	if known {
		return names
	}
	id, class := attribute(n, "id"), attribute(n, "class")
	d.search.Spend(2 * (len(id) + min(len(class), maxOwnText)))
	names = elementNames{tag: strings.ToLower(n.Data), id: nameOf(id), more: len(class) > maxOwnText}
	for text := range strings.FieldsFuncSeq(web.TruncateUTF8(class, maxOwnText), isCSSSpace) {
		if len(names.classes) == maxClasses {
			names.more = true
			break
		}
		names.classes = append(names.classes, nameOf(text))
	}
	s.names[n] = names
	return names
}

func isCSSSpace(r rune) bool { return r == ' ' || r == '\t' || r == '\n' || r == '\f' || r == '\r' }

// matching returns the rules for an element.
func (s *sheet) matching(d *document, n *html.Node) []styleRule {
	names := s.namesOf(d, n)
	keys := []string{"", names.tag}
	if names.id.text != "" {
		keys = append(keys, "#"+names.id.lower)
	}
	for _, class := range names.classes {
		keys = append(keys, "."+class.lower)
	}
	slices.Sort(keys)
	var found []styleRule
	for _, key := range slices.Compact(keys) {
		for _, rule := range s.rules[key] {
			sure := rule.matches(d, n)
			if sure == never || !d.search.Spend(chosenCost) {
				continue
			}
			if sure == perhaps {
				rule.exact, rule.weight[0] = false, 2
			}
			found = append(found, rule)
		}
	}
	return found
}

// matches reports whether an element is one of the selector, and those around it are, too.
func (s selector) matches(d *document, n *html.Node) certainty {
	result, part := always, len(s.parts)-1
	for up := n; up != nil; up = up.Parent {
		if up.Type != html.ElementNode {
			continue
		}
		names := d.sheet.namesOf(d, up)
		if !d.search.Spend(s.parts[part].work(len(names.classes))) {
			return never
		}
		sure := s.parts[part].matches(up, names)
		switch {
		case sure != never:
			result = min(result, sure)
			if part--; part < 0 {
				return result
			}
		case up == n:
			return never
		}
	}
	return never
}

// styled returns whether a person sees an element, by its style and what the page's style elements
// say of it. The declaration that the cascade chooses counts (CSS Cascading and Inheritance,
// section 6), as far as it is known which ones apply.
func (d *document) styled(n *html.Node) appearance {
	if d.sheet == nil {
		d.sheet = d.readSheets()
	}
	result, known := d.sheet.seen[n]
	if !known {
		rules := d.sheet.matching(d, n)
		if own := d.ownStyle(n); len(own) > 0 {
			rules = append(rules, styleRule{selector{exact: true, weight: [4]int{1}}, own, 0})
		}
		result = d.cascade(rules)
		if result.sight != hidden && (d.sheet.unread || d.sheet.count > 0 && d.sheet.names[n].more) {
			result.sight = unknown
		}
		d.sheet.seen[n] = result
	}
	return result
}

// outcome is what the rules do to one property.
type outcome struct {
	appearance

	decided bool // by a rule and a value that are certain
}

// appearance is what a style makes of an element by itself.
type appearance struct {
	sight   sight
	opacity float64 // the least that it may be
}

// cascade returns what some rules do to an element.
func (d *document) cascade(rules []styleRule) appearance {
	slices.SortStableFunc(rules, func(a, b styleRule) int {
		return -cmp.Or(slices.Compare(a.weight[:], b.weight[:]), a.order-b.order)
	})
	chosen := map[string]outcome{}
	for _, important := range []bool{true, false} {
		for _, rule := range rules {
			if !d.search.Spend(setCost * len(rule.declarations)) {
				return appearance{unknown, 0}
			}
			rule.decide(chosen, important)
		}
	}
	result := appearance{shown, 1}
	_, isReset := chosen["all"] // which may set any other property, too
	for _, o := range chosen {
		if !o.decided {
			o.sight |= shown
		}
		if o.sight == hidden && !isReset {
			return o.appearance
		}
		result.sight |= o.sight
		result.opacity = min(result.opacity, o.opacity)
	}
	return result
}

// decide adds a rule to what stronger rules decided.
func (r styleRule) decide(chosen map[string]outcome, important bool) {
	for _, set := range r.declarations {
		o, known := chosen[set.name]
		if set.important != important || o.decided {
			continue
		}
		if !known {
			o.opacity = 1
		}
		chosen[set.name] = outcome{appearance{o.sight | set.sight, min(o.opacity, set.opacity)}, r.exact && set.sight != unknown}
	}
}

// ownStyle reads the style attribute of an element.
func (d *document) ownStyle(n *html.Node) []declaration {
	list, known := d.styles[n]
	source := attribute(n, "style")
	if known || source == "" || !d.search.Spend(styleCost*len(source)) {
		return list
	}
	r := sheetReader{document: d, sheet: &sheet{}, tokens: cssTokens(source)}
	list = r.attribute()
	d.styles[n] = list
	return list
}

// ownDisplay returns what the style attribute of an element says about whether it is displayed. What is only invisible
// may have parts that are visible.
func (d *document) ownDisplay(n *html.Node) (says sight, isSet bool) {
	own := styleRule{selector: selector{exact: true}}
	for _, set := range d.ownStyle(n) {
		if set.name == "display" || set.name == "all" {
			own.declarations = append(own.declarations, set)
		}
	}
	if len(own.declarations) == 0 {
		return shown, false
	}
	return d.cascade([]styleRule{own}).sight, true
}
