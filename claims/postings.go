package claims

import (
	"math"
	"math/bits"
	"slices"
)

// postings map hashes to numbers. A number costs eight bytes, in sorted memory without
// pointers; a directory has the first entry of each range of hashes.
type postings struct {
	entries   []uint64 // hash in the upper half, number in the lower
	directory []uint32
	shift     uint8
}

// perRange is how many entries a range of the directory has on average.
const perRange = 8

// newPostings collects what a function emits. It calls the function several times, to count
// and to place, and the function must emit the same each time.
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
