package clickthrough

import (
	"github.com/tdewolff/parse/v2/css"
)

// sheetReader reads the blocks of a style sheet (CSS Syntax, section 5), and of a style attribute.
type sheetReader struct {
	*document

	sheet  *sheet
	tokens []cssToken
	at     int
	stray  bool // a brace too many makes the next rule invalid
}

// block reads what is in braces, or the whole sheet: declarations for the selectors, if there are
// any, and rules. Exact means that they count on every screen.
func (r *sheetReader) block(selectors []selector, exact bool, depth int) {
	if depth > maxNesting {
		r.sheet.unread = true
		r.at = len(r.tokens)
	}
	var set []declaration
	for r.at < len(r.tokens) && r.search.Spend(1) {
		switch t := r.tokens[r.at]; {
		case t.kind == css.RightBraceToken:
			r.at++
			if depth > 0 {
				r.sheet.add(r.document, selectors, set)
				return
			}
			r.stray = true
		case t.kind == css.SemicolonToken && depth > 0:
			r.at++
			r.stray = r.stray || selectors == nil // browsers disagree
		case isBetween(t, depth):
			r.at++
		case t.kind == css.AtKeywordToken:
			r.atRule(selectors, exact, depth)
		default:
			head := r.head(depth > 0)
			switch {
			case r.next() == css.LeftBraceToken:
				r.rule(head, exact && selectors == nil, depth)
			case selectors != nil:
				set = declare(set, head)
			default:
				r.stray = true
			}
		}
	}
	r.sheet.add(r.document, selectors, set) // the end of a sheet closes its blocks
}

// isBetween reports whether a token has no meaning between rules.
func isBetween(t cssToken, depth int) bool {
	return t.kind == css.WhitespaceToken || depth == 0 && (t.kind == css.CDOToken || t.kind == css.CDCToken)
}

// next returns the kind of the next token.
func (r *sheetReader) next() css.TokenType {
	if r.at < len(r.tokens) {
		return r.tokens[r.at].kind
	}
	return css.ErrorToken
}

// head reads up to the block of a rule, or to the end of a declaration, if there can be one.
func (r *sheetReader) head(inBlock bool) []cssToken {
	start, depth := r.at, 0
	for ; r.at < len(r.tokens) && r.search.Spend(1); r.at++ {
		switch kind := r.tokens[r.at].kind; kind {
		case css.LeftParenthesisToken, css.LeftBracketToken, css.FunctionToken:
			depth++
		case css.RightParenthesisToken, css.RightBracketToken:
			depth = max(depth-1, 0)
		case css.BadStringToken, css.BadURLToken:
			r.sheet.unread = true
		case css.LeftBraceToken, css.RightBraceToken, css.SemicolonToken:
			if depth > 0 {
				r.sheet.unread = true // browsers look for the end of the brackets
			}
			if kind == css.LeftBraceToken || inBlock {
				return r.tokens[start:r.at]
			}
		}
	}
	return r.tokens[start:r.at]
}

// rule reads the block of a rule.
func (r *sheetReader) rule(head []cssToken, exact bool, depth int) {
	list := []selector{}
	switch parts := splitCommas(head); {
	case len(parts) > maxRules:
		r.sheet.unread = true
	case r.search.Spend(headCost * len(head)):
		list = selectorsOf(parts)
	}
	if !exact || r.stray {
		list = r.inexact(list)
	}
	r.at++
	r.stray = false
	r.block(list, exact, depth+1)
}

// atRule reads or passes over an at-rule. What it is a condition of may count or not.
func (r *sheetReader) atRule(selectors []selector, exact bool, depth int) {
	name := r.tokens[r.at].lower()
	r.at++
	head := r.head(true)
	if r.next() != css.LeftBraceToken {
		return
	}
	sure := perhaps
	switch name {
	case "@media":
		sure = screens(head)
	case "@keyframes", "@-webkit-keyframes", "@-moz-keyframes", "@-o-keyframes", "@font-face", "@page", "@counter-style", "@property", "@font-feature-values", "@font-palette-values", "@starting-style", "@view-transition":
		sure = never
	}
	if sure == never {
		r.skipBlock()
		return
	}
	if sure == perhaps || selectors != nil {
		exact = false
	}
	if selectors != nil {
		selectors = r.inexact(selectors)
	}
	r.at++
	r.block(selectors, exact, depth+1)
}

// inexact returns selectors that may match or not.
func (r *sheetReader) inexact(selectors []selector) []selector {
	if !r.search.Spend(ruleCost * len(selectors)) {
		return []selector{}
	}
	list := make([]selector, 0, len(selectors))
	for _, s := range selectors {
		s.exact, s.weight[0] = false, 2
		list = append(list, s)
	}
	return list
}

// skipBlock passes over a block.
func (r *sheetReader) skipBlock() {
	depth := 0
	for ; r.at < len(r.tokens) && r.search.Spend(1); r.at++ {
		switch r.tokens[r.at].kind {
		case css.LeftBraceToken:
			depth++
		case css.RightBraceToken:
			if depth--; depth == 0 {
				r.at++
				return
			}
		}
	}
}

// attribute reads the declarations of a style attribute.
func (r *sheetReader) attribute() []declaration {
	var set []declaration
	for r.at < len(r.tokens) && r.search.Spend(1) {
		head := r.head(true)
		set = declare(set, head)
		if kind := r.next(); kind == css.LeftBraceToken || kind == css.RightBraceToken {
			r.sheet.unread = true
		}
		r.at++
	}
	if r.sheet.unread {
		return []declaration{{name: "all", sight: unknown, opacity: 1}}
	}
	return set
}

// declare adds a declaration to those of a block. Of several with one name the last one counts.
func declare(set []declaration, tokens []cssToken) []declaration {
	one, can := declarationOf(tokens)
	if !can {
		return set
	}
	for i, other := range set {
		if other.name == one.name && other.important == one.important {
			set[i] = one
			return set
		}
	}
	return append(set, one)
}
