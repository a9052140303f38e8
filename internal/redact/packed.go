package redact

import (
	"encoding/base64"
	"encoding/hex"
	"strings"
)

// packing is an encoding of bytes in groups of letters.
type packing struct {
	letters func(c byte) bool
	size    int // letters of a group
	bytes   int // bytes of a group
	least   int // letters that can hold a target
	decode  func(text string) string
	encode  func(data, like string) string
}

func packings() []packing {
	return []packing{
		{isBase64, 4, 3, (minPacked*4 + 2) / 3, decodeBase64, encodeBase64},
		{isHex, 2, 1, minPacked * 2, decodeHex, encodeHex},
	}
}

// findPacked appends the hits in what the view has in base64 or hex.
func (m *matcher) findPacked(v *view, nest int, hits []hit) []hit {
	for _, p := range packings() {
		for i := 0; i < len(v.text); i++ {
			from := i
			for i < len(v.text) && p.letters(v.text[i]) {
				i++
			}
			if i-from < p.least {
				continue
			}
			// A run may begin with letters that do not belong to it, such as the slashes of a path.
			for skip := range p.size {
				hits = m.findRun(v, p, from+skip, i, nest, hits)
			}
		}
	}
	return hits
}

// findRun appends the hits in a run of letters.
func (m *matcher) findRun(v *view, p packing, from, to, nest int, hits []hit) []hit {
	if to-from < p.least {
		return hits
	}
	data := p.decode(v.text[from:to])
	below := m.find(data, v.endsAt(to), nest+1)
	if len(below) == 0 {
		return hits
	}
	padded := to
	for padded < len(v.text) && v.text[padded] == '=' && padded-to < p.size {
		padded++
	}
	if below[0].by != Mask {
		start, end := v.source(from, padded)
		like, found := v.text[from:padded], v.origin[start:end]
		encoded := escapeLike(p.encode(replace(data, below), like), like, found)
		if start > 0 && v.origin[start-1] == '=' && padded == to { // perhaps in a query, and now with padding
			encoded = strings.ReplaceAll(encoded, "=", "%3D")
		}
		return append(hits, hit{start, end, encoded})
	}
	for _, found := range below {
		first := from + found.from/p.bytes*p.size
		last := from + (found.to+p.bytes-1)/p.bytes*p.size
		if last >= to {
			last = padded
		}
		start, end := v.source(first, last)
		hits = append(hits, hit{start, end, Mask})
	}
	return hits
}

// endsAt returns how what is packed ends, if its letters end at an index.
func (v *view) endsAt(i int) ending {
	if v.isCutAt(i) {
		return cutOff
	}
	return min(v.ends, marked)
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// isBase64 accepts the standard and the URL alphabet.
func isBase64(c byte) bool {
	return isAlphanumeric(c) || c == '+' || c == '/' || c == '-' || c == '_'
}

// decodeBase64 decodes whole bytes. Letters beyond are left out.
func decodeBase64(text string) string {
	if len(text)%4 == 1 {
		text = text[:len(text)-1]
	}
	encoding := base64.RawStdEncoding
	if strings.ContainsAny(text, "-_") {
		encoding, text = base64.RawURLEncoding, strings.NewReplacer("+", "-", "/", "_").Replace(text)
	}
	data, _ := encoding.DecodeString(text)
	return string(data)
}

// encodeBase64 encodes in the alphabet and with the padding of another text.
func encodeBase64(data, like string) string {
	encoding := base64.StdEncoding
	if strings.ContainsAny(like, "-_") {
		encoding = base64.URLEncoding
	}
	if len(like)%4 != 0 {
		encoding = encoding.WithPadding(base64.NoPadding)
	}
	return encoding.EncodeToString([]byte(data))
}

func decodeHex(text string) string {
	data, _ := hex.DecodeString(text[:len(text)/2*2])
	return string(data)
}

// encodeHex encodes in the case of another text.
func encodeHex(data, like string) string {
	encoded := hex.EncodeToString([]byte(data))
	if like == strings.ToUpper(like) {
		encoded = strings.ToUpper(encoded)
	}
	return encoded
}
