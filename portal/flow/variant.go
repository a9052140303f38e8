package flow

import (
	"html"
	"io"
	"maps"
	"strings"
	"time"

	"hotspot-helper/portal"
)

// changesWith reports whether what is sent is another text for each of two other values of the
// same length. Clock and randomness stand still, so that only the references make a
// difference. Sent returns what is sent of a result; false: nothing.
func (t *template) changesWith(s scope, refs map[ref]bool, sent func(string) (string, bool)) bool {
	base, ok := t.variant(s, refs, 0, sent)
	for by := byte(1); ok && by <= 2; by++ {
		other, found := t.variant(s, refs, by, sent)
		ok = found && other != base
	}
	return ok
}

// variant evaluates a template with shifted texts in place of some references.
func (t *template) variant(s scope, refs map[ref]bool, by byte, sent func(string) (string, bool)) (string, bool) {
	changed := map[string]map[string]string{}
	for space := range s.values {
		changed[space] = maps.Clone(s.values[space])
	}
	for r := range refs {
		put(changed, r, shift(s.values[r.space][r.name], by))
		s.work.Spend(costCall + perByte*len(s.values[r.space][r.name]))
	}
	text, err := t.execute(changed, s.work, runtime{now: func() time.Time { return time.UnixMilli(0) }, random: zeros{}})
	if err != nil || !s.work.Spend(perByte*len(text)) {
		return "", false
	}
	return sent(text)
}

// whole is for a text that is sent as it is, apart from how a body or a header encodes it. The charset of a form may
// lack a character and have a reference to it instead, and a header has no space at its ends.
func whole(text string) (string, bool) {
	return strings.TrimSpace(html.UnescapeString(portal.AsSent(text))), true
}

// sentURL returns the URL as a request has it: neither the fragment nor what stands before the host is sent.
func (r *run) sentURL(text string) (string, bool) {
	u, err := r.session.Resolve(text)
	if err != nil {
		return "", false
	}
	u.Fragment, u.RawFragment, u.User = "", "", nil
	return u.String(), true
}

// shift replaces letters by letters, digits by digits and hexadecimal digits by such, so that
// the functions which decode accept the text as before.
func shift(text string, by byte) string {
	if by == 0 {
		return text
	}
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
