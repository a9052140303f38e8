package redact

import (
	"slices"
	"strings"
)

// untag passes on what is left without the marks of comments, without elements that are not shown, and without tags. It
// returns the last one, or the other view if there are no tags.
func (v *view) untag(other *view, seen func(*view)) *view {
	for _, ends := range []tagEnds{{marks: true}, {elements: true}, {}} {
		inside := v.withoutTags(ends)
		if inside == v {
			continue
		}
		seen(inside)
		inside = inside.unescapeAll(seen)
		if ends == (tagEnds{}) {
			return inside
		}
		if visible := inside.without(isInvisible); visible != inside {
			seen(visible)
		}
	}
	return other
}

// withoutTags leaves out what ends finds. It returns v if there is nothing to leave out; for the marks of comments, also if
// there are no comments.
func (v *view) withoutTags(ends tagEnds) *view {
	if ends.marks && !strings.Contains(v.text, commentMark) || ends.elements && !hasUnshown(v.text) {
		return v
	}
	b, done := v.build(), 0
	for at := strings.IndexByte(v.text, '<'); at >= 0; {
		size := ends.find(v.text[at:])
		if size > 0 {
			b.keep(done, at)
			done = at + size
		}
		at += max(size, 1)
		next := strings.IndexByte(v.text[at:], '<')
		if next < 0 {
			break
		}
		at += next
	}
	if done == 0 {
		return v
	}
	b.keep(done, len(v.text))
	return b.view()
}

// tagEnds finds the ends of tags and comments. What is not there once is not looked for again,
// so that the work is linear.
type tagEnds struct {
	marks            bool // of comments only the beginning is found: what is in them is read, too
	elements         bool // of elements that are not shown the end is found, not that of their tag
	noTag, noComment bool
	noEnd            [len(unshown)]bool // of an element that is not shown
}

// unshown are elements whose content a browser does not show.
var unshown = [...]string{"script", "style", "template", "noscript", "title"}

// unshownAt returns which element that is not shown begins at a "<", -1 for none.
func unshownAt(text string) int {
	return slices.IndexFunc(unshown[:], func(name string) bool { return hasName(text[1:], name) })
}

// hasName reports whether a text begins with the name of an element.
func hasName(text, name string) bool {
	return len(text) > len(name) && strings.EqualFold(text[:len(name)], name) && !isAlphanumeric(text[len(name)])
}

// hasUnshown reports whether a text has an element that is not shown.
func hasUnshown(text string) bool {
	for at := strings.IndexByte(text, '<'); at >= 0; at = strings.IndexByte(text, '<') {
		if unshownAt(text[at:]) >= 0 {
			return true
		}
		text = text[at+1:]
	}
	return false
}

// element returns the length of the element that is not shown at the beginning of a text, up to its end tag; 0: there is
// none.
func (e *tagEnds) element(text string) int {
	i := unshownAt(text)
	if i < 0 || e.noEnd[i] {
		return 0
	}
	for at := 1; ; {
		next := strings.Index(text[at:], "</")
		if next < 0 {
			e.noEnd[i] = true
			return 0
		}
		at += next + len("</")
		if hasName(text[at:], unshown[i]) {
			return at - len("</")
		}
	}
}

// commentMark begins a comment.
const commentMark = "<!--"

// find returns the length of the tag or comment at the beginning of a text, 0 if there is none.
func (e *tagEnds) find(text string) int {
	if e.marks && strings.HasPrefix(text, commentMark) {
		return len(commentMark)
	}
	if !e.noComment && strings.HasPrefix(text, commentMark) {
		end := strings.Index(text, "-->")
		if e.noComment = end < 0; !e.noComment {
			return end + len("-->")
		}
	}
	if e.elements {
		if size := e.element(text); size > 0 {
			return size
		}
	}
	if e.noTag || !isTag(text) {
		return 0
	}
	end := strings.IndexByte(text, '>')
	if e.noTag = end < 0; e.noTag {
		return 0
	}
	return tagSize(text, end+1)
}

// maxQuoted bounds how far the end of a quoted attribute value is looked for.
const maxQuoted = 1 << 10

// tagSize returns the length of the tag at the beginning of a text, whose first ">" may be in a quoted value. It is
// least if a quote does not end.
func tagSize(text string, least int) int {
	var quote, last byte // last: the one before that is no white space
	for i := range min(len(text), maxQuoted) {
		switch c := text[i]; {
		case quote == 0 && c == '>':
			return i + 1
		case quote == 0 && (c == '"' || c == '\'') && last == '=':
			quote = c
		case quote != 0 && c == quote:
			quote = 0
		}
		if strings.IndexByte(" \t\n\f\r", text[i]) < 0 {
			last = text[i]
		}
	}
	return least
}

// isTag reports whether a text begins with a tag, and not only with a bracket.
func isTag(text string) bool {
	return len(text) > 1 && (isAlphanumeric(text[1]) || strings.IndexByte("/!?", text[1]) >= 0)
}
