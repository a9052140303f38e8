package claims

import "slices"

// search appends the helpers whose rules could match, in no order and some twice.
func (t *table) search(found []int, facts *Facts) []int {
	found = append(found, t.always...)
	for _, f := range t.fields {
		switch f {
		case fieldSSID:
			found = t.searchText(found, f, string(facts.Network.SSID))
		case fieldBSSID:
			for _, bss := range facts.Network.BSSs {
				found = t.searchText(found, f, string(bss.BSSID[:]))
			}
		default:
			found = t.searchPages(found, f, facts.hops())
		}
	}
	return found
}

// searchPages looks for keys in one field of all answers. A text that several answers share,
// such as the host, is searched once.
func (t *table) searchPages(found []int, f field, hops []hop) []int {
	for i, h := range hops {
		text := h.text(f)
		switch {
		case slices.ContainsFunc(hops[:i], func(earlier hop) bool { return earlier.text(f) == text }):
		case f == fieldMarkup && !h.plain():
			found = append(found, t.markup...)
		default:
			found = t.searchText(found, f, text)
		}
	}
	return found
}

// searchText looks for the keys of a field in a text.
func (t *table) searchText(found []int, f field, text string) []int {
	lengths := &t.lengths[f]
	if lengths[whole] != 0 {
		found = t.find(found, f, whole, text)
	}
	for n := 1; n <= min(len(text), maxAffix); n++ {
		if lengths[prefix]&(1<<n) != 0 {
			found = t.find(found, f, prefix, text[:n])
		}
		if lengths[suffix]&(1<<n) != 0 {
			found = t.find(found, f, suffix, text[len(text)-n:])
		}
	}
	if len(t.grams[f]) > 0 {
		found = t.searchGrams(found, f, text)
	}
	return found
}

// searchGrams looks for every gram of the text.
func (t *table) searchGrams(found []int, f field, text string) []int {
	var seen map[uint32]bool
	bytes := uint32(0)
	for i := range len(text) {
		bytes = bytes<<8 | uint32(text[i])
		if i < gramLength-1 || !t.grams[f].mayHave(bytes) || seen[bytes] {
			continue
		}
		if seen == nil {
			seen = map[uint32]bool{}
		}
		seen[bytes] = true
		found = t.find(found, f, gram, text[i+1-gramLength:i+1])
	}
	return found
}

// find appends the helpers that are filed under a key, and those of another key with the
// same hash.
func (t *table) find(found []int, f field, p position, text string) []int {
	for _, entry := range t.helpers.find(t.hash(f, p, text)) {
		found = append(found, int(uint32(entry)))
	}
	return found
}
