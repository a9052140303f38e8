package redact

import "strings"

const (
	// minCut is how many bytes of a target's beginning are masked before a cut; fewer stand there by accident.
	minCut = 3
	// maxEscape is how many bytes a cut escape may have, apart from leading zeros: an HTML character reference is the longest.
	maxEscape = 33
)

// beginning finds the beginning of a needle where a view is cut.
type beginning struct {
	m *matcher
	v *view

	// The last letter that may begin an escape: the cut may be within it.
	escape int   // its index
	digits int   // of the last of its leading zeros
	node   int32 // of the matcher, before it
	folded int   // bytes before it
}

// note notes what precedes a letter.
func (b *beginning) note(letter byte, at int, node int32, folded int) {
	if letter == '&' || letter == '%' || letter == '\\' {
		b.escape, b.digits, b.node, b.folded = at, at, node, folded
	} else if at == b.digits+1 && strings.IndexByte("#xXu{0", letter) >= 0 {
		b.digits = at
	}
}

// cut appends a hit if a needle begins before a place where the view is cut.
func (b *beginning) cut(at int, node int32, starts []int32, hits []hit) []hit {
	if at-b.digits <= maxEscape && b.m.nodes[b.node].depth > b.m.nodes[node].depth {
		node, starts = b.node, starts[:b.folded]
	}
	depth := int(b.m.nodes[node].depth)
	if depth < minCut || at == 0 {
		return hits
	}
	from, to := b.v.source(int(starts[len(starts)-depth]), at)
	return append(hits, hit{from, to, Mask})
}
