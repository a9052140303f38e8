package web

import "strings"

const (
	// treeBudget bounds the nodes and attributes of a tree.
	treeBudget = 500_000
	// unitsPerTag is an element or comment, the text behind it, and two implied elements.
	unitsPerTag = 4
	// maxAttributes bounds the attributes of an element that is copied or compared with others.
	maxAttributes = 32
	// maxRoots bounds the html and body tags: each is compared with the attributes of the first.
	maxRoots = 100
	// maxAlike is how many formatting elements the parser keeps of those that are alike.
	maxAlike = 3
	// adoptionCopies is how many elements one tag copies at most by the adoption agency (WHATWG
	// HTML, section 13.2.6.4.7): it runs 8 times, and copies 3 elements and the formatting
	// element each time.
	adoptionCopies = 8 * 4
)

// treeBound is an upper bound of the cost of a page's tree. Each tag makes a few nodes. What
// makes more are formatting elements: one that is not closed where its block ends is copied
// into each block that follows, with all its attributes. The parser keeps at most three that
// are alike (WHATWG HTML, section 13.2.4.3), and each a ends the one before it. So the bound
// takes every tag to copy three of each different formatting element of the page. It counts
// tags within comments and scripts, too.
type treeBound struct {
	tags      int
	roots     int
	adoptions int // tags that may run the adoption agency
	heaviest  int // formatting element with its attributes
	anchor    int // heaviest a
	weight    int // of all formatting elements that can be active at a time, apart from a
	seen      map[string]struct{}
	excessive bool // attributes or roots are more than the bound holds for
}

// affordable reports whether the tree of a page is within the budget.
func affordable(body string) bool {
	b := treeBound{seen: map[string]struct{}{}}
	for rest := body; b.units() <= treeBudget; {
		at := strings.IndexByte(rest, '<')
		if at < 0 {
			return true
		}
		rest = rest[at+1:]
		b.add(rest)
	}
	return false
}

// units returns the bound for the tags so far.
func (b *treeBound) units() int {
	if b.excessive {
		return treeBudget + 1
	}
	return b.tags*(unitsPerTag+b.weight+maxAlike*b.anchor) + b.adoptions*adoptionCopies*b.heaviest
}

// add counts a tag, which is given without its "<" and with all that follows it.
func (b *treeBound) add(tag string) {
	b.tags++
	tag, isEnd := strings.CutPrefix(tag, "/")
	name := copiedName(tag)
	if name == "" {
		return
	}
	isRoot := name == "html" || name == "body"
	if !isRoot && (isEnd || name == "a" || name == "nobr") {
		b.adoptions++
	}
	if isEnd {
		return
	}
	attributes, end := scanAttributes(tag, len(name))
	weight := 1 + attributes
	switch {
	case isRoot:
		b.roots++
	case name == "a":
		b.heaviest, b.anchor = max(b.heaviest, weight), max(b.anchor, weight)
	default:
		b.heaviest = max(b.heaviest, weight)
		if _, again := b.seen[tag[:end]]; !again {
			b.seen[tag[:end]] = struct{}{}
			b.weight += maxAlike * weight
		}
	}
	b.excessive = b.excessive || attributes > maxAttributes || b.roots > maxRoots
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
