package portaltest

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strings"
)

// pick returns one of the choices.
func pick[T any](random *rand.Rand, choices ...T) T { return choices[random.IntN(len(choices))] }

// flip returns true half of the time.
func flip(random *rand.Rand) bool { return random.IntN(2) == 0 }

// word returns a random word of 4 to 9 letters. Other calls are unlikely to return it, so
// that portals have no names in common.
func word(random *rand.Rand) string {
	const consonants, vowels = "bcdfghjklmnpqrstvwxz", "aeiouy"
	var b strings.Builder
	for i := range 4 + random.IntN(6) {
		letters := consonants
		if i%2 == 1 {
			letters = vowels
		}
		b.WriteByte(letters[random.IntN(len(letters))])
	}
	return b.String()
}

// words returns n different words.
func words(random *rand.Rand, n int) []string {
	var list []string
	seen := map[string]bool{}
	for len(list) < n {
		if w := word(random); !seen[w] {
			seen[w] = true
			list = append(list, w)
		}
	}
	return list
}

// randomBytes returns n random bytes.
func randomBytes(random *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(random.IntN(256))
	}
	return b
}

// md5Hex returns the MD5 sum of a text in hexadecimal digits.
func md5Hex(text string) string {
	sum := md5.Sum([]byte(text))
	return hex.EncodeToString(sum[:])
}

// trait is one of the variations that the seed draws.
type trait struct {
	on   bool
	name string
}

// describe lists what a hotspot always has, and the traits that are on.
func describe(list []string, traits ...trait) string {
	for _, t := range traits {
		if t.on {
			list = append(list, t.name)
		}
	}
	return strings.Join(list, ", ")
}

// digits returns n random hexadecimal digits.
func digits(random *rand.Rand, n int) string {
	var b strings.Builder
	for range n {
		fmt.Fprintf(&b, "%x", random.IntN(16))
	}
	return b.String()
}
