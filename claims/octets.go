package claims

import (
	"bytes"
	"hash/maphash"
	"math"
	"math/bits"
	"slices"
)

// postings are numbers found by the hash of what they belong to: sorted, so that
// a number costs eight octets and nothing in them is a pointer, with a directory
// of the first of each range of hashes.
type postings struct {
	entries   []uint64 // hash in the upper half, number in the lower
	directory []uint32
	shift     uint8
}

// perRange is how many entries a range of the directory holds on average.
const perRange = 8

// newPostings gathers what a function emits. It is called twice, to count and to
// place, and must emit the same both times.
func newPostings(emit func(add func(hash, number uint32))) postings {
	total := 0
	emit(func(uint32, uint32) { total++ })
	width := min(max(bits.Len(uint(total/perRange)), 1), 31)
	p := postings{shift: uint8(32 - width), directory: make([]uint32, 1<<width+1), entries: make([]uint64, total)}
	emit(func(hash, _ uint32) { p.directory[hash>>p.shift]++ })
	end := uint32(0)
	for i, n := range p.directory {
		end += n
		p.directory[i] = end
	}
	emit(func(hash, number uint32) {
		p.directory[hash>>p.shift]--
		p.entries[p.directory[hash>>p.shift]] = uint64(hash)<<32 | uint64(number)
	})
	for i := range len(p.directory) - 1 {
		slices.Sort(p.entries[p.directory[i]:p.directory[i+1]])
	}
	return p
}

// find returns the entries of a hash.
func (p *postings) find(hash uint32) []uint64 {
	if len(p.entries) == 0 {
		return nil
	}
	part := p.entries[p.directory[hash>>p.shift]:p.directory[hash>>p.shift+1]]
	first, _ := slices.BinarySearch(part, uint64(hash)<<32)
	end, last := slices.BinarySearch(part, uint64(hash)<<32|math.MaxUint32)
	if last {
		end++
	}
	return part[first:end]
}

// octetSet is a set of short strings of octets, millions of them: one after the
// other, each behind its length, and found by its hash.
type octetSet struct {
	seed    maphash.Seed
	records []byte
	places  postings // of the records
	lengths uint64   // bit n: there is one of n octets
}

// maxRecord is the length of the longest string that a set can hold.
const maxRecord = 63

// newOctetSet takes the records over. What stands in them twice is kept once.
func newOctetSet(records []byte) *octetSet {
	s := &octetSet{seed: maphash.MakeSeed(), records: records}
	s.place()
	if twice := s.twice(); len(twice) > 0 {
		s.drop(twice)
		s.place()
	}
	for record := range s.all {
		s.lengths |= 1 << len(record)
	}
	return s
}

// place finds out where each record is.
func (s *octetSet) place() {
	s.places = newPostings(func(add func(hash, number uint32)) {
		at := uint32(0)
		for record := range s.all {
			add(uint32(maphash.Bytes(s.seed, record)>>32), at)
			at += 1 + uint32(len(record))
		}
	})
}

// twice returns the places of records that stand earlier too, in ascending order.
func (s *octetSet) twice() []uint32 {
	var found []uint32
	var distinct []uint32 // of those with the present hash
	before := uint64(0)
	for _, entry := range s.places.entries {
		if entry>>32 != before>>32 {
			distinct = distinct[:0]
		}
		before = entry
		if slices.ContainsFunc(distinct, func(at uint32) bool { return bytes.Equal(s.record(at), s.record(uint32(entry))) }) {
			found = append(found, uint32(entry))
			continue
		}
		distinct = append(distinct, uint32(entry))
	}
	slices.Sort(found)
	return found
}

// drop closes the gaps that the records at the places leave.
func (s *octetSet) drop(places []uint32) {
	kept := s.records[:0]
	for at := 0; at < len(s.records); {
		end := at + 1 + int(s.records[at])
		if len(places) > 0 && places[0] == uint32(at) {
			places = places[1:]
		} else {
			kept = append(kept, s.records[at:end]...)
		}
		at = end
	}
	s.records = kept
}

// record is the string at a place.
func (s *octetSet) record(at uint32) []byte {
	return s.records[at+1:][:s.records[at]]
}

// all yields every string.
func (s *octetSet) all(yield func([]byte) bool) {
	for rest := s.records; len(rest) > 0; {
		n := 1 + int(rest[0])
		if !yield(rest[1:n]) {
			return
		}
		rest = rest[n:]
	}
}

// has says whether the string is in the set; a set that is not there holds nothing.
func (s *octetSet) has(text string) bool {
	if s == nil || len(text) > maxRecord || s.lengths&(1<<len(text)) == 0 {
		return false
	}
	for _, entry := range s.places.find(uint32(maphash.String(s.seed, text) >> 32)) {
		if string(s.record(uint32(entry))) == text {
			return true
		}
	}
	return false
}

// hasPrefixOf says whether the set holds a beginning of the string.
func (s *octetSet) hasPrefixOf(text string) bool {
	for n := 1; s != nil && n <= len(text); n++ {
		if s.has(text[:n]) {
			return true
		}
	}
	return false
}
