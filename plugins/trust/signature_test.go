package trust_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"aead.dev/minisign"

	"hotspot-helper/plugins/trust"
)

// signWith signs with any trusted comment.
func signWith(t testing.TB, data []byte, key minisign.PrivateKey, comment string) []byte {
	t.Helper()
	r := minisign.NewReader(bytes.NewReader(data))
	if _, err := new(bytes.Buffer).ReadFrom(r); err != nil {
		t.Fatal(err)
	}
	return r.SignWithComments(key, comment, "x")
}

// renumbered changes the key number of a signature.
func renumbered(t *testing.T, text []byte, id uint64) []byte {
	t.Helper()
	var s minisign.Signature
	if err := s.UnmarshalText(text); err != nil {
		t.Fatal(err)
	}
	s.KeyID = id
	text, err := s.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestVerify(t *testing.T) {
	cafe, other := newArchive(t, "cafe", "1.0.0"), newArchive(t, "cafe", "1.1.0")
	public, private := newKey(t)
	stranger, strangers := newKey(t)
	right, err := trust.Sign(cafe, private, day())
	if err != nil {
		t.Fatal(err)
	}
	replaced := func(old, now string) []byte {
		if !strings.Contains(string(right), old) {
			t.Fatalf("the signature has no %q", old)
		}
		return []byte(strings.Replace(string(right), old, now, 1))
	}
	lines := strings.Split(string(right), "\n")
	byStranger, err := trust.Sign(cafe, strangers, day())
	if err != nil {
		t.Fatal(err)
	}
	foreign := strings.Split(string(byStranger), "\n")
	const forged = "the signature does not fit"
	for _, test := range []struct {
		name string
		text []byte
		key  minisign.PublicKey
		want string
	}{
		{"right", right, public, ""},
		{"line ends of Windows", []byte(strings.ReplaceAll(string(right), "\n", "\r\n")), public, ""},
		{"untrusted comment", replaced("signature by", "whatever"), public, ""},
		{"made by minisign itself", signWith(t, encode(t, cafe), private, "timestamp:1\tfile:cafe-1.0.0.hpack\thashed"), public, ""},
		{"no time", signWith(t, encode(t, cafe), private, "file:cafe-1.0.0.hpack"), public, ""},
		{"another key", right, stranger, "it is signed by the key "},
		{"number of another key", renumbered(t, right, stranger.ID()), stranger, forged},
		{"trusted comment", replaced("file:cafe-1.0.0", "file:cafe-1.0.1"), public, forged},
		{"time", replaced("timestamp:", "timestamp:1"), public, forged},
		{"comment of another signature", []byte(strings.Join([]string{lines[0], lines[1], foreign[2], foreign[3], ""}, "\n")), public, forged},
		{"of another archive", signWith(t, encode(t, other), private, "file:cafe-1.0.0.hpack"), public, forged},
		{"for another version", signWith(t, encode(t, cafe), private, "file:cafe-2.0.0.hpack"), public, `its trusted comment says "file:cafe-2.0.0.hpack", want "file:cafe-1.0.0.hpack"`},
		{"for another pack", signWith(t, encode(t, cafe), private, "file:bar-1.0.0.hpack"), public, `says "file:bar-1.0.0.hpack"`},
		{"for no pack", signWith(t, encode(t, cafe), private, "timestamp:1"), public, `says "file:"`},
		{"words that are not apart", signWith(t, encode(t, cafe), private, "xfile:cafe-1.0.0.hpack"), public, `says "file:"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, err := trust.ParseSignature(test.text)
			if err != nil {
				t.Fatal(err)
			}
			err = s.Verify(cafe, test.key)
			wants(t, err, test.want)
			if (test.want == forged) != errors.Is(err, trust.ErrForged) {
				t.Errorf("forged: %v", err)
			}
		})
	}
}

func TestParseSignatureRefuses(t *testing.T) {
	cafe := newArchive(t, "cafe", "1.0.0")
	_, private := newKey(t)
	right, err := trust.Sign(cafe, private, day())
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		text []byte
		want string
	}{
		{"nothing", nil, "invalid signature"},
		{"truncated", right[:len(right)/2], "invalid signature"},
		{"truncated at the end", right[:len(right)-5], "invalid comment signature length"},
		{"long", append([]byte("untrusted comment: "), bytes.Repeat([]byte("x"), 10<<10)...), "more than 10240 bytes"},
		{"legacy", minisign.Sign(private, encode(t, cafe)), "uses the legacy algorithm"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := trust.ParseSignature(test.text)
			wants(t, err, test.want)
		})
	}
}

// The key and time of a signature.
func TestSignatureTells(t *testing.T) {
	cafe := newArchive(t, "cafe", "1.0.0")
	public, private := newKey(t)
	s := sign(t, cafe, private)
	if s.Key == nil || !s.Key.Equal(public) || !s.Time.Equal(day()) {
		t.Errorf("key %v, time %v", s.Key, s.Time)
	}
	for _, test := range []struct {
		comment string
		want    time.Time
	}{
		{"timestamp:1767323045\tfile:x", day()},
		{"file:x", time.Time{}},
		{"timestamp:-5", time.Time{}},
		{"timestamp:0", time.Time{}},
		{"timestamp:99999999999999", time.Time{}},
		{"timestamp:soon", time.Time{}},
	} {
		s, err := trust.ParseSignature(signWith(t, encode(t, cafe), private, test.comment))
		if err != nil || !s.Time.Equal(test.want) || s.Key != nil {
			t.Errorf("%q: time %v, key %v, %v", test.comment, s.Time, s.Key, err)
		}
	}
	// A key of another number than the signature's cannot have made it.
	stranger, _ := newKey(t)
	text, err := trust.Sign(cafe, private, day())
	if err != nil {
		t.Fatal(err)
	}
	s, err = trust.ParseSignature([]byte(strings.Replace(string(text), public.String(), stranger.String(), 1)))
	if err != nil || s.Key != nil {
		t.Errorf("key %v, %v", s.Key, err)
	}
}

// FuzzParseSignature checks that only signatures by the key verify.
func FuzzParseSignature(f *testing.F) {
	cafe := newArchive(f, "cafe", "1.0.0")
	public, private := newKey(f)
	right, err := trust.Sign(cafe, private, day())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(right)
	f.Add(signWith(f, encode(f, cafe), private, "file:bar-1.0.0.hpack"))
	f.Add(minisign.Sign(private, encode(f, cafe)))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := trust.ParseSignature(text)
		if err != nil {
			return
		}
		if err := s.Verify(cafe, public); err == nil && !s.Time.Equal(day()) {
			t.Errorf("verified: %q", text)
		}
		if s.Time.Year() > 9999 {
			t.Errorf("time is %v", s.Time)
		}
	})
}

// The signature of an archive is checked before anything in it is read: a changed archive is a
// forgery, regardless of its bytes.
func TestSignatureIsCheckedFirst(t *testing.T) {
	cafe := newArchive(t, "cafe", "1.0.0")
	public, private := newKey(t)
	signature, err := trust.Sign(cafe, private, day())
	if err != nil {
		t.Fatal(err)
	}
	var right bytes.Buffer
	if err := cafe.Encode(&right); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"right":          right.Bytes(),
		"no archive":     []byte("no archive"),
		"changed":        bytes.Replace(right.Bytes(), []byte("format"), []byte("f{rmat"), 1),
		"nested":         bytes.Replace(right.Bytes(), []byte("format"), []byte("[[[[[["), 1),
		"something more": append(right.Bytes()[:right.Len():right.Len()], 0),
		"empty":          {},
	} {
		file := filepath.Join(t.TempDir(), "cafe-1.0.0.hpack")
		if err := errors.Join(os.WriteFile(file, data, 0o600), os.WriteFile(file+trust.Suffix, signature, 0o600)); err != nil {
			t.Fatal(err)
		}
		_, _, err := trust.OpenSigned(file, func(pack string, _ trust.Signature) (minisign.PublicKey, error) {
			if pack != "cafe" {
				t.Errorf("the key of %q is asked for", pack)
			}
			return public, nil
		})
		if (err == nil) != (name == "right") || err != nil && !errors.Is(err, trust.ErrForged) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
