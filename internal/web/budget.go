package web

import "strings"

// The budget of a tree, in nodes and attributes. A page is refused before it is parsed if
// an upper bound of its cost is over budget. Most pages are far below it: an ordinary page
// has a tag in 20 bytes.
const (
	baseBudget         = 1 << 16
	bytesPerUnit       = 4 // every so many bytes of a page add one unit
	unitsPerTag        = 4 // an element or comment, the text behind it, two implied elements
	comparisonsPerUnit = 64
)

// adoptionCopies is how many elements one end tag copies at most: the adoption agency
// (WHATWG HTML, section 13.2.6.4.7) runs 8 times, and copies 3 elements and the formatting
// element each time.
const adoptionCopies = 8 * 4

// affordable reports whether the tree of a page stays within the budget. Each tag makes a
// few nodes. What makes more are formatting elements (WHATWG HTML, section 13.2.4.3): one
// that is not closed where its block ends is copied into each block that follows, with all
// attributes, and the adoption agency copies it within its block.
func affordable(body string) bool {
	tags := strings.Count(body, "<")
	budget := baseBudget + len(body)/bytesPerUnit - unitsPerTag*tags
	return budget >= 0 && (withinBound(body, tags, budget) || newTreeCost(body, budget).affordable())
}

// withinBound reports whether the budget suffices even if no formatting element is ever
// closed. It is fast, because it looks only at "<" and what follows, also within comments
// and scripts.
func withinBound(body string, tags, budget int) bool {
	var b bound
	for rest := body; ; {
		at := strings.IndexByte(rest, '<')
		if at < 0 {
			return true
		}
		rest = rest[at+1:]
		if b.add(rest) && b.cost(tags) > budget {
			return false
		}
	}
}

// bound sums up the tags whose elements are copied.
type bound struct {
	tags        int // start and end tags
	starts      int
	weight      int // elements and attributes
	heaviest    int // element with its attributes
	comparisons int // of attributes, between one formatting element and another
}

// cost is what these tags cost at most on a page with that many tags in all.
func (b *bound) cost(tags int) int {
	return tags*b.weight + adoptionCopies*b.heaviest*b.tags + b.comparisons*b.starts/comparisonsPerUnit
}

// add counts a tag without its "<" and reports whether it matters.
func (b *bound) add(tag string) bool {
	rest, end := strings.CutPrefix(tag, "/")
	name := copiedName(rest)
	if name == 0 {
		return false
	}
	b.tags++
	if !end {
		attributes := countAttributes(rest[name:])
		b.starts++
		b.weight += 1 + attributes
		b.heaviest = max(b.heaviest, 1+attributes)
		b.comparisons += attributes * attributes
	}
	return true
}

// copiedName returns the length of the name of a formatting element, or of html or body:
// each further such tag is compared with all attributes of the first. It returns 0 for
// other tags.
func copiedName(tag string) int {
	const longest = len("strike")
	n := 0
	for n < len(tag) && n <= longest && 'a' <= tag[n]|0x20 && tag[n]|0x20 <= 'z' {
		n++
	}
	if n == 0 || n > longest || n < len(tag) && !endsName(tag[n]) {
		return 0
	}
	switch strings.ToLower(tag[:n]) {
	case "a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u", "html", "body":
		return n
	}
	return 0
}

// splitTag returns the name of a tag without its "<" or "</" in lower case, and what follows it.
func splitTag(tag string) (name, rest string) {
	end := 0
	for end < len(tag) && !endsName(tag[end]) {
		end++
	}
	return strings.ToLower(tag[:end]), tag[end:]
}

func endsName(c byte) bool { return isSpace(c) || c == '/' || c == '>' }

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r' }

// countAttributes returns how many attributes follow the name of a tag (WHATWG HTML,
// sections 13.2.5.32 to 13.2.5.40).
func countAttributes(tag string) int {
	n, at := 0, 0
	for {
		for at < len(tag) && (isSpace(tag[at]) || tag[at] == '/') {
			at++
		}
		if at == len(tag) || tag[at] == '>' {
			return n
		}
		n++
		at++ // a "=" may begin a name
		for at < len(tag) && !endsName(tag[at]) && tag[at] != '=' {
			at++
		}
		at = skipValue(tag, at)
	}
}

// skipValue returns where the value of an attribute ends whose name ends at a place.
func skipValue(tag string, at int) int {
	skipSpace := func() {
		for at < len(tag) && isSpace(tag[at]) {
			at++
		}
	}
	skipSpace()
	if at == len(tag) || tag[at] != '=' {
		return at
	}
	at++
	skipSpace()
	if at == len(tag) || tag[at] == '>' {
		return at
	}
	if quote := tag[at]; quote == '"' || quote == '\'' {
		end := strings.IndexByte(tag[at+1:], quote)
		if end < 0 {
			return len(tag)
		}
		return at + 1 + end + 1
	}
	for at < len(tag) && !isSpace(tag[at]) && tag[at] != '>' {
		at++
	}
	return at
}
