package flow

import (
	"io"
	"maps"
	"strings"
	"time"

	"hotspot-helper/internal/web"
)

// variant is the result of a template with other values.
type variant struct {
	text string
	err  error
}

// vary evaluates a template as it is, and with other texts in place of some references: two
// of the same length, then a longer one. Clock and randomness stand still, so that only the
// references make a difference.
func (t *template) vary(values map[string]map[string]string, refs map[ref]bool) (base variant, others [3]variant) {
	still := func() runtime {
		return runtime{now: func() time.Time { return time.UnixMilli(0) }, random: zeros{}}
	}
	base.text, base.err = t.execute(values, still())
	for i, other := range []func(string) string{
		func(text string) string { return shift(text, 1) },
		func(text string) string { return shift(text, 2) },
		func(text string) string { return shift(text, 1) + shift(text, 2) },
	} {
		changed := map[string]map[string]string{}
		for space := range values {
			changed[space] = maps.Clone(values[space])
		}
		for r := range refs {
			put(changed, r, other(values[r.space][r.name]))
		}
		others[i].text, others[i].err = t.execute(changed, still())
	}
	return base, others
}

// changesWith reports whether the result is another one for each other value of the same length.
func (t *template) changesWith(values map[string]map[string]string, refs map[ref]bool) bool {
	base, others := t.vary(values, refs)
	for _, other := range others[:2] {
		if base.err != nil || other.err != nil || base.text == other.text {
			return false
		}
	}
	return true
}

// hasSameOrigin reports whether the result is a URL of one scheme, host and port for all other
// values.
func (t *template) hasSameOrigin(values map[string]map[string]string, refs map[ref]bool) bool {
	base, others := t.vary(values, refs)
	want, ok := originOf(base)
	for _, other := range others {
		origin, found := originOf(other)
		if !ok || !found || origin != want {
			return false
		}
	}
	return true
}

// originOf returns scheme, host and port of a URL, "" for a relative one.
func originOf(v variant) (string, bool) {
	if v.err != nil {
		return "", false
	}
	u, err := web.ResolveReference(nil, v.text)
	if err != nil {
		return "", false
	}
	return u.Scheme + "//" + u.Host, true
}

// shift replaces letters by letters, digits by digits and hexadecimal digits by such, so that
// the functions which decode accept the text as before.
func shift(text string, by byte) string {
	out := []byte(text)
	for i, c := range out {
		switch {
		case c >= 0x80:
			out[i] ^= by
		case '0' <= c && c <= '9':
			out[i] = '0' + (c-'0'+by)%10
		case 'a' <= c && c <= 'f', 'A' <= c && c <= 'F':
			out[i] = c&0x60 + 1 + (c&0x1f-1+by)%6
		case 'g' <= c && c <= 'z', 'G' <= c && c <= 'Z':
			out[i] = c&0x60 + 7 + (c&0x1f-7+by)%20
		}
	}
	if shifted := string(out); shifted != text {
		return shifted
	}
	return text + strings.Repeat("x", int(by))
}

// zeros is a source of randomness without any.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

var _ io.Reader = zeros{}
