package web

import "strings"

// TreeBudget bounds the nodes and attributes of a tree.
const TreeBudget = 400_000

const (
	// maxTags bounds the tags of a page: for each the parser may search its stack of 512 open
	// elements. Pages of 64 KB have about 5000.
	maxTags = 20_000
	// unitsPerTag is an element or comment, the text behind it, and two implied elements.
	unitsPerTag = 4
	// maxAttributes bounds the attributes of an element that is copied or compared with others.
	maxAttributes = 32
	// maxRoots bounds the html and body tags: each is compared with the attributes of the first.
	maxRoots = 100
	// maxAlike is how many formatting elements the parser keeps of those that are alike.
	maxAlike = 3
	// adoptionRuns is how many blocks the adoption agency moves a formatting element out of (WHATWG
	// HTML, section 13.2.6.4.7). In more blocks the element stays active.
	adoptionRuns = 8
	// adoptionCopies is how many elements one tag copies at most by the adoption agency: in
	// each run 3 elements and the formatting element.
	adoptionCopies = adoptionRuns * 4
)

// treeBound is an upper bound of the cost of a page's tree. Each tag makes a few nodes. What
// makes more are formatting elements: one that is not closed where its block ends is copied
// into each block that follows, with all its attributes. The parser keeps at most three that
// are alike (WHATWG HTML, section 13.2.4.3), and an a that is closed at once is not among
// them. So the bound takes every tag to copy up to three of each different formatting element
// of the page, apart from such links, of which one may be open, and from elements with
// nothing but text in them. It counts tags within comments and scripts, too.
type treeBound struct {
	tags      int
	roots     int
	adoptions int // tags that may run the adoption agency
	heaviest  int // formatting element with its attributes
	anchor    int // heaviest a that is closed at once
	weight    int // of all other formatting elements that can be active at a time
	seen      map[string]int
	closing   bool // the next tag ends an element with nothing but text in it
	excessive bool // tags, attributes or roots are more than the bound holds for
}

// TreeCost returns an upper bound of the nodes and attributes of the tree of a page, in time
// proportional to its length. Anything above [TreeBudget] means that [ParseHTML] refuses it.
func TreeCost(body string) int {
	b := treeBound{seen: map[string]int{}}
	for rest := body; b.units() <= TreeBudget; {
		at := strings.IndexByte(rest, '<')
		if at < 0 {
			break
		}
		rest = rest[at+1:]
		b.add(rest)
	}
	return b.units()
}

// units returns the bound for the tags so far.
func (b *treeBound) units() int {
	if b.excessive {
		return TreeBudget + 1
	}
	return b.tags*(unitsPerTag+b.weight+b.anchor) + b.adoptions*adoptionCopies*b.heaviest
}

// add counts a tag, which is given without its "<" and with all that follows it.
func (b *treeBound) add(tag string) {
	b.tags++
	b.excessive = b.excessive || b.tags > maxTags
	tag, isEnd := strings.CutPrefix(tag, "/")
	name := copiedName(tag)
	if name == "" {
		return
	}
	isRoot := name == "html" || name == "body"
	if !isRoot && (isEnd && !b.closing || name == "a" || name == "nobr") {
		b.adoptions++
	}
	b.closing = false
	if !isEnd {
		b.start(name, tag)
	}
}

// start counts a start tag of an element that is copied or compared with others.
func (b *treeBound) start(name, tag string) {
	attributes, end := scanAttributes(tag, len(name))
	weight := 1 + attributes
	switch {
	case name == "html", name == "body":
		b.roots++
	case hasTextOnly(name, tag[end:]):
		b.closing = true
	case name == "a" && isClosedLink(tag[end:]):
		b.heaviest, b.anchor = max(b.heaviest, weight), max(b.anchor, weight)
	default:
		b.heaviest = max(b.heaviest, weight)
		if b.seen[tag[:end]]++; b.seen[tag[:end]] <= maxAlike {
			b.weight += weight
		}
	}
	b.excessive = b.excessive || attributes > maxAttributes || b.roots > maxRoots
}

// hasTextOnly reports whether the end tag of an element follows behind text, given what comes
// after its name and attributes. A ">" in the text may end a comment or an attribute that the
// start tag is part of.
func hasTextOnly(name, rest string) bool {
	text, tag, found := strings.Cut(strings.TrimPrefix(rest, ">"), "<")
	tag, isEnd := strings.CutPrefix(tag, "/")
	return found && isEnd && !strings.Contains(text, ">") && tagNameOf(tag) == name
}

// isClosedLink reports whether the end tag of an a surely closes it: fewer blocks are between
// them than the adoption agency leaves, and nothing that bounds a scope or is read
// otherwise than as tags. A tag of an a that is not closed in this way ends it only within so
// many blocks, so those may add up.
func isClosedLink(rest string) bool {
	for starts := 0; starts < adoptionRuns; {
		at := strings.IndexByte(rest, '<')
		if at < 0 || at+1 == len(rest) {
			return false
		}
		rest = rest[at+1:]
		tag, isEnd := strings.CutPrefix(rest, "/")
		name := tagNameOf(tag)
		switch {
		case name == "a":
			return isEnd
		case name == "", name[0] < 'a', name[0] > 'z', !isEnd && !isInLink(name):
			return false
		case !isEnd:
			starts++
		}
		_, end := scanAttributes(tag, len(name))
		rest = tag[end:]
	}
	return false
}

// tagNameOf returns the lower-case name that a tag begins with, "" for none.
func tagNameOf(tag string) string {
	n := 0
	for n < len(tag) && !endsName(tag[n]) {
		n++
	}
	return lowerASCII(tag[:n])
}

// isInLink reports whether an element is one that pages have in links, with content that
// is read as tags and text.
func isInLink(name string) bool {
	switch name {
	case "abbr", "b", "big", "br", "button", "center", "code", "div", "em", "figure", "figcaption", "font", "h1", "h2", "h3", "h4", "h5", "h6",
		"i", "img", "label", "li", "nobr", "p", "picture", "s", "section", "small", "source", "span", "strong", "sub", "sup", "tt", "u", "ul", "wbr":
		return true
	}
	return false
}

// copiedName returns the name of a formatting element, or html or body, in lower case. It
// returns "" for other tags.
func copiedName(tag string) string {
	const longest = len("strike")
	n := 0
	for n < len(tag) && n <= longest && 'a' <= tag[n]|0x20 && tag[n]|0x20 <= 'z' {
		n++
	}
	if n == 0 || n > longest || n < len(tag) && !endsName(tag[n]) {
		return ""
	}
	switch name := strings.ToLower(tag[:n]); name {
	case "a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u", "html", "body":
		return name
	}
	return ""
}

func endsName(c byte) bool { return isSpace(c) || c == '/' || c == '>' }

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r' }

// scanAttributes returns how many attributes follow the name of a tag, which ends at a place,
// and where the tag ends (WHATWG HTML, sections 13.2.5.32 to 13.2.5.40).
func scanAttributes(tag string, at int) (n, end int) {
	for {
		for at < len(tag) && (isSpace(tag[at]) || tag[at] == '/') {
			at++
		}
		if at == len(tag) || tag[at] == '>' {
			return n, at
		}
		n++
		at++ // a "=" may begin a name
		for at < len(tag) && !endsName(tag[at]) && tag[at] != '=' {
			at++
		}
		at = skipValue(tag, at)
	}
}

// skipValue returns where an attribute's value ends. Its name ends at a place.
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
