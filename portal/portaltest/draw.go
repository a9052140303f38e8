package portaltest

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// pick returns one of the choices.
func pick[T any](random *rand.Rand, choices ...T) T { return choices[random.IntN(len(choices))] }

// flip returns true half of the time.
func flip(random *rand.Rand) bool { return random.IntN(2) == 0 }

// word returns a random word of 4 to 9 letters, which no other call is likely to
// return: portals share no vocabulary.
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
	met := map[string]bool{}
	for len(list) < n {
		if w := word(random); !met[w] {
			met[w] = true
			list = append(list, w)
		}
	}
	return list
}

// digits returns n random hexadecimal digits.
func digits(random *rand.Rand, n int) string {
	var b strings.Builder
	for range n {
		fmt.Fprintf(&b, "%x", random.IntN(16))
	}
	return b.String()
}
