package claims

import (
	"encoding/binary"
	"hash/maphash"
)

// table finds helpers by keys. The zero value finds none.
type table struct {
	seed    maphash.Seed
	places  postings                       // numbers of helpers
	lengths [fieldCount][shapeCount]uint64 // bit n: there are keys of n octets
	grams   [fieldCount]sieve
	pages   bool  // there are keys of answers
	markup  []int // helpers that are found by what is written in a page's markup
	always  []int // helpers that nothing leads to
}

// hash is where the table has a key.
func (t *table) hash(f field, s shape, text string) uint32 {
	return uint32((maphash.String(t.seed, text) ^ salt(f, s)) >> 32)
}

func (t *table) hashBytes(f field, s shape, text []byte) uint32 {
	return uint32((maphash.Bytes(t.seed, text) ^ salt(f, s)) >> 32)
}

// salt keeps the same text in different fields apart.
func salt(f field, s shape) uint64 {
	return (uint64(f)*uint64(shapeCount) + uint64(s) + 1) * 0x9e3779b97f4a7c15
}

// sieve says of most runs of four octets that the table does not have them.
type sieve []uint64

func newSieve(count int) sieve {
	words := 1
	for words*4 < count && words < 1<<14 {
		words *= 2
	}
	return make(sieve, words)
}

func (s sieve) place(run uint32) (word int, bit uint64) {
	h := run * 0x9e3779b1
	return int(h>>16) & (len(s) - 1), 1 << (h >> 10 & 63)
}

func (s sieve) put(run uint32) {
	word, bit := s.place(run)
	s[word] |= bit
}

func (s sieve) passes(run uint32) bool {
	word, bit := s.place(run)
	return s[word]&bit != 0
}

// tableBuilder collects rules, and then chooses for each the condition that the
// fewest others can be found by.
type tableBuilder struct {
	table   table
	rules   []findable
	popular [1 << 16]uint32 // how many keys there are of a hash
}

// findable is a rule of a helper with the ways to it.
type findable struct {
	helper int
	ways   []way
}

func newTableBuilder() *tableBuilder { return &tableBuilder{table: table{seed: maphash.MakeSeed()}} }

func (b *tableBuilder) add(helper int, rule *Rule) {
	ways := rule.ways()
	if len(ways) == 0 {
		b.table.always = append(b.table.always, helper)
		return
	}
	b.rules = append(b.rules, findable{helper, ways})
	for _, w := range ways {
		for _, c := range w.choices {
			for _, k := range c {
				b.popular[b.table.hash(k.field, k.shape, k.text)>>16]++
			}
		}
		for hash := range b.table.members(w) {
			b.popular[hash>>16]++
		}
	}
}

// members yields the hashes of what is in the sets of a way.
func (t *table) members(w way) func(yield func(uint32) bool) {
	return func(yield func(uint32) bool) {
		for _, set := range w.sets {
			for member := range set.all {
				if !yield(t.hashBytes(w.of.field, w.of.shape, member)) {
					return
				}
			}
		}
	}
}

// build makes the table of all rules that were added.
func (b *tableBuilder) build() table {
	chosen := make([]way, len(b.rules))
	for i, rule := range b.rules {
		chosen[i] = b.choose(rule.ways)
	}
	b.sieve(chosen)
	for i, w := range chosen {
		b.note(b.rules[i].helper, w)
	}
	b.table.places = newPostings(func(add func(hash, number uint32)) {
		for i, w := range chosen {
			helper := uint32(b.rules[i].helper)
			for _, c := range w.choices {
				add(b.table.hash(c[0].field, c[0].shape, c[0].text), helper)
			}
			for hash := range b.table.members(w) {
				add(hash, helper)
			}
		}
	})
	return b.table
}

// sieve makes room for the grams of the chosen ways.
func (b *tableBuilder) sieve(chosen []way) {
	count := [fieldCount]int{}
	for _, w := range chosen {
		for _, c := range w.choices {
			if c[0].shape == gram {
				count[c[0].field]++
			}
		}
	}
	for f, n := range count {
		if n > 0 {
			b.table.grams[f] = newSieve(n)
		}
	}
}

// choose takes the way whose most popular key is the least popular, and of each of
// its choices the least popular key.
func (b *tableBuilder) choose(ways []way) way {
	best, least := 0, b.worst(ways[0])
	for i := 1; i < len(ways); i++ {
		if n := b.worst(ways[i]); n < least {
			best, least = i, n
		}
	}
	w := ways[best]
	for i, c := range w.choices {
		w.choices[i] = choice{b.rarest(c)}
	}
	return w
}

func (b *tableBuilder) worst(w way) uint32 {
	most := uint32(0)
	for _, c := range w.choices {
		most = max(most, b.popularity(b.rarest(c)))
	}
	for hash := range b.table.members(w) {
		most = max(most, b.popular[hash>>16])
	}
	return most
}

func (b *tableBuilder) popularity(k key) uint32 {
	return b.popular[b.table.hash(k.field, k.shape, k.text)>>16]
}

// rarest is the first of the least popular keys.
func (b *tableBuilder) rarest(c choice) key {
	best, least := c[0], b.popularity(c[0])
	for _, k := range c[1:] {
		if n := b.popularity(k); n < least {
			best, least = k, n
		}
	}
	return best
}

// note has queries look for the keys of a way.
func (b *tableBuilder) note(helper int, w way) {
	for _, set := range w.sets {
		b.table.lengths[w.of.field][w.of.shape] |= set.lengths
	}
	for _, c := range w.choices {
		k := c[0]
		b.table.lengths[k.field][k.shape] |= 1 << min(len(k.text), maxRecord)
		if k.shape == gram {
			b.table.grams[k.field].put(binary.BigEndian.Uint32([]byte(k.text)))
		}
		b.table.pages = b.table.pages || k.field >= fieldHost
		if k.field == fieldMarkup {
			b.table.markup = append(b.table.markup, helper)
		}
	}
}
