package claims

import "slices"

// query asks tables about one network.
type query struct {
	facts *Facts
	found []int // helpers, in no order, and some twice
}

func (q *query) ask(t *table) {
	q.all(t.always)
	if len(t.places.entries) == 0 {
		return
	}
	q.text(t, fieldSSID, string(q.facts.Network.SSID))
	for _, bss := range q.facts.Network.BSSs {
		q.text(t, fieldBSSID, string(bss.BSSID[:]))
	}
	if !t.pages {
		return
	}
	for i, h := range q.facts.hops() {
		for f := fieldHost; f <= fieldMarkup; f++ {
			q.page(t, f, q.facts.hops()[:i], h)
		}
	}
}

func (q *query) all(helpers []int) {
	q.found = append(q.found, helpers...)
}

// key finds the helpers that have it, and by chance others: they will decline.
func (q *query) key(t *table, f field, s shape, text string) {
	for _, entry := range t.places.find(t.hash(f, s, text)) {
		q.found = append(q.found, int(uint32(entry)))
	}
}

// page looks for keys in one field of an answer.
func (q *query) page(t *table, f field, before []hop, h hop) {
	if t.lengths[f] == ([shapeCount]uint64{}) {
		return // the table has no keys of it
	}
	text := h.text(f)
	switch {
	case slices.ContainsFunc(before, func(earlier hop) bool { return earlier.text(f) == text }):
	case f == fieldMarkup && !h.plain():
		q.all(t.markup)
	default:
		q.text(t, f, text)
	}
}

// text looks for the keys of a field in a text.
func (q *query) text(t *table, f field, text string) {
	lengths := &t.lengths[f]
	if lengths[whole] != 0 {
		q.key(t, f, whole, text)
	}
	for n := 1; n <= min(len(text), maxAffix); n++ {
		if lengths[prefix]&(1<<n) != 0 {
			q.key(t, f, prefix, text[:n])
		}
		if lengths[suffix]&(1<<n) != 0 {
			q.key(t, f, suffix, text[len(text)-n:])
		}
	}
	if len(t.grams[f]) > 0 {
		q.runs(t, f, text)
	}
}

// runs looks for every run of four octets of the text.
func (q *query) runs(t *table, f field, text string) {
	var asked map[uint32]bool
	run := uint32(0)
	for i := range len(text) {
		run = run<<8 | uint32(text[i])
		if i < gramLength-1 || !t.grams[f].passes(run) || asked[run] {
			continue
		}
		if asked == nil {
			asked = map[uint32]bool{}
		}
		asked[run] = true
		q.key(t, f, gram, text[i+1-gramLength:i+1])
	}
}
