package flow

import (
	"cmp"
	"crypto/hmac"
	"crypto/md5"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"hotspot-helper/internal/web"
)

// function is a function of templates. It works on bytes, held in strings. Its errors quote
// no argument, which may be a secret.
type function struct {
	arity   int   // number of arguments
	numbers []int // the arguments that are whole numbers
	apply   func(env runtime, args []string) (string, error)
}

// What a call costs, in the units of [web.Search].
const (
	costCall = 50 // besides its arguments
	perByte  = 3  // of them
)

// anyNumber is the arity of a variadic function.
const anyNumber = -1

// call returns a call of the function.
func (f function) call(name string, args []operand) expression {
	return func(s scope) (string, error) {
		texts, size := make([]string, len(args)), 0
		for i, arg := range args {
			var err error
			if texts[i], err = arg.expression(s); err != nil {
				return "", err
			}
			if size += len(texts[i]); checkValue(size) != nil {
				return "", fmt.Errorf("call %s: %w", name, checkValue(size))
			}
		}
		if !s.work.Spend(costCall + perByte*size) {
			return "", s.work.Err()
		}
		text, err := f.apply(s.env, texts)
		if err == nil {
			err = checkValue(len(text))
		}
		if err != nil {
			return "", fmt.Errorf("call %s: %w", name, err)
		}
		s.taint.compute(texts, text)
		return text, nil
	}
}

// checkValue bounds a value within a template.
func checkValue(size int) error {
	if size > maxValue {
		return &valueError{fmt.Sprintf("a value of more than %d bytes", maxValue)}
	}
	return nil
}

// functions returns the closed set of functions of a template.
//
// MD5 and SHA-1 protect nothing here: portals require them (MikroTik, CoovaChilli).
func functions() map[string]function {
	of := func(apply func(string) string) function {
		return function{arity: 1, apply: func(_ runtime, args []string) (string, error) { return apply(args[0]), nil }}
	}
	read := func(want string, decode func(string) (string, bool)) function {
		return function{arity: 1, apply: func(_ runtime, args []string) (string, error) { return readable(want, decode, args[0]) }}
	}
	of2 := func(apply func(a, b string) (string, error)) function {
		return function{arity: 2, apply: func(_ runtime, args []string) (string, error) { return apply(args[0], args[1]) }}
	}
	of3 := func(apply func(a, b, c string) (string, error)) function {
		return function{arity: 3, apply: func(_ runtime, args []string) (string, error) { return apply(args[0], args[1], args[2]) }}
	}
	return map[string]function{
		"md5":        of(func(s string) string { return digest(md5.New, s) }),
		"sha1":       of(func(s string) string { return digest(sha1.New, s) }),
		"sha256":     of(func(s string) string { return digest(sha256.New, s) }),
		"hmac":       of3(hmacOf),
		"hex":        of(func(s string) string { return hex.EncodeToString([]byte(s)) }),
		"base64":     of(func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }),
		"urlencode":  of(urlEncode),
		"unescape":   of(web.UnescapeBytes),
		"xor":        of2(xor),
		"concat":     {arity: anyNumber, apply: func(_ runtime, args []string) (string, error) { return strings.Join(args, ""), nil }},
		functionOr:   {arity: anyNumber, apply: func(_ runtime, args []string) (string, error) { return cmp.Or(args...), nil }},
		"lower":      of(lower),
		"upper":      of(upper),
		"replace":    of3(replace),
		"unbase64":   read("unbase64 wants base64", unbase64),
		"unhex":      read("unhex wants hexadecimal digits", unhex),
		"urldecode":  of(web.Unpercent),
		"setquery":   of3(func(url, name, value string) (string, error) { return setQuery(url, name, value), nil }),
		"resolve":    of2(resolve),
		"rawquery":   of(rawQueryOf),
		"urlhost":    read("urlhost wants a whole URL", urlHost),
		"slice":      {arity: 3, numbers: []int{1, 2}, apply: func(_ runtime, args []string) (string, error) { return slice(args[0], args[1], args[2]) }},
		"split":      {arity: 3, numbers: []int{2}, apply: func(_ runtime, args []string) (string, error) { return split(args[0], args[1], args[2]) }},
		"jsonquote":  of(jsonQuote),
		"timediff":   of2(timeDiff),
		"now_ms":     {apply: func(env runtime, _ []string) (string, error) { return env.nowMS(), nil }},
		"random_hex": {arity: 1, numbers: []int{0}, apply: func(env runtime, args []string) (string, error) { return env.randomHex(args[0]) }},
	}
}

// runtime holds clock and randomness. The zero runtime has the real ones.
type runtime struct {
	now    func() time.Time
	random io.Reader
}

func (r runtime) nowMS() string {
	now := time.Now
	if r.now != nil {
		now = r.now
	}
	return strconv.FormatInt(now().UnixMilli(), 10)
}

func (r runtime) randomHex(count string) (string, error) {
	digits, err := strconv.Atoi(count)
	if err != nil || digits < 1 || digits > randomDigits {
		return "", fmt.Errorf("random_hex wants 1 to %d digits", randomDigits)
	}
	source := rand.Reader
	if r.random != nil {
		source = r.random
	}
	random := make([]byte, (digits+1)/2)
	if _, err := io.ReadFull(source, random); err != nil {
		return "", fmt.Errorf("random_hex: %w", err)
	}
	return hex.EncodeToString(random)[:digits], nil
}

func functionNames() []string { return slices.Sorted(maps.Keys(functions())) }

// isRaw reports whether a function returns bytes that are not text; raw says it of an
// argument.
func isRaw(function string, raw bool) bool {
	switch function {
	case "md5", "sha1", "sha256", "hmac", "xor":
		return true
	case "hex", "base64", "urlencode", "jsonquote", "timediff":
		return false
	default:
		return raw
	}
}

func digest(algorithm func() hash.Hash, s string) string {
	h := algorithm()
	h.Write([]byte(s))
	return string(h.Sum(nil))
}

func hmacOf(algorithm, key, message string) (string, error) {
	hashes := map[string]func() hash.Hash{"md5": md5.New, "sha1": sha1.New, "sha256": sha256.New}
	newHash, ok := hashes[algorithm]
	if !ok {
		return "", errors.New(`hmac wants "md5", "sha1" or "sha256" first, then key and message`)
	}
	h := hmac.New(newHash, []byte(key))
	h.Write([]byte(message))
	return string(h.Sum(nil)), nil
}

// xor pads text with zero bytes to a multiple of the key's length and applies
// the key again and again, as CoovaChilli's PAP does.
func xor(text, key string) (string, error) {
	if key == "" {
		return "", errors.New("xor wants a key that is not empty")
	}
	out := make([]byte, (len(text)+len(key)-1)/len(key)*len(key))
	copy(out, text)
	for i := range out {
		out[i] ^= key[i%len(key)]
	}
	return string(out), nil
}

// lower and upper map ASCII letters only, so that they do not change other bytes.
func lower(s string) string { return flipCase(s, 'A', 'Z') }

func upper(s string) string { return flipCase(s, 'a', 'z') }

func flipCase(s string, first, last byte) string {
	out := []byte(s)
	for i, c := range out {
		if first <= c && c <= last {
			out[i] ^= 'a' - 'A'
		}
	}
	return string(out)
}

func replace(s, old, by string) (string, error) {
	if old == "" {
		return "", errors.New("replace wants a text to look for that is not empty")
	}
	if err := checkValue(len(s) + strings.Count(s, old)*(len(by)-len(old))); err != nil {
		return "", err // before it is made
	}
	return strings.ReplaceAll(s, old, by), nil
}

// valueError is the error of a value, not of the template.
type valueError struct{ text string }

func (e *valueError) Error() string { return e.text }

// readable returns the decoded text.
func readable(want string, decode func(string) (string, bool), s string) (string, error) {
	plain, ok := decode(s)
	if !ok {
		return "", &valueError{want}
	}
	return plain, nil
}
