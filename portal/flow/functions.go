package flow

import (
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
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// function is what a template may call. It works on bytes, held in strings. Its
// errors quote no argument: it may be a secret.
type function struct {
	arity  int  // how many arguments it takes
	number bool // they are whole numbers
	apply  func(args []string) (string, error)
}

// anyNumber is the arity of a function that takes as many arguments as there are.
const anyNumber = -1

// of is the call of the function with these arguments.
func (f function) of(name string, args []operand) expression {
	return func(values map[string]map[string]string) (string, error) {
		texts := make([]string, len(args))
		for i, arg := range args {
			var err error
			if texts[i], err = arg.expression(values); err != nil {
				return "", err
			}
		}
		text, err := f.apply(texts)
		if err != nil {
			return "", fmt.Errorf("call %s: %w", name, err)
		}
		return text, nil
	}
}

// functions returns the closed set of functions of a template.
//
// MD5 and SHA-1 protect nothing here; portals ask for them (MikroTik, CoovaChilli).
func functions() map[string]function {
	of := func(apply func(string) string) function {
		return function{arity: 1, apply: func(args []string) (string, error) { return apply(args[0]), nil }}
	}
	return map[string]function{
		"md5":        of(func(s string) string { return digest(md5.New, s) }),
		"sha1":       of(func(s string) string { return digest(sha1.New, s) }),
		"sha256":     of(func(s string) string { return digest(sha256.New, s) }),
		"hmac":       {arity: 3, apply: func(args []string) (string, error) { return hmacOf(args[0], args[1], args[2]) }},
		"hex":        of(func(s string) string { return hex.EncodeToString([]byte(s)) }),
		"base64":     of(func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }),
		"urlencode":  of(func(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }),
		"unescape":   of(unescape),
		"xor":        {arity: 2, apply: func(args []string) (string, error) { return xor(args[0], args[1]) }},
		"concat":     {arity: anyNumber, apply: func(args []string) (string, error) { return strings.Join(args, ""), nil }},
		"lower":      of(lower),
		"now_ms":     {apply: func([]string) (string, error) { return strconv.FormatInt(time.Now().UnixMilli(), 10), nil }},
		"random_hex": {arity: 1, number: true, apply: func(args []string) (string, error) { return randomHex(args[0]) }},
	}
}

func functionNames() []string { return slices.Sorted(maps.Keys(functions())) }

// givesRaw says whether a function gives bytes that are no text, where raw says it of an argument.
func givesRaw(function string, raw bool) bool {
	switch function {
	case "md5", "sha1", "sha256", "hmac", "xor":
		return true
	case "hex", "base64", "urlencode":
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

// lower maps A to Z only, so that it leaves bytes alone that are no text.
func lower(s string) string {
	out := []byte(s)
	for i, c := range out {
		if 'A' <= c && c <= 'Z' {
			out[i] = c + 'a' - 'A'
		}
	}
	return string(out)
}

func randomHex(count string) (string, error) {
	digits, err := strconv.Atoi(count)
	if err != nil || digits < 1 || digits > randomDigits {
		return "", fmt.Errorf("random_hex wants 1 to %d digits", randomDigits)
	}
	random := make([]byte, (digits+1)/2)
	_, _ = rand.Read(random) // never fails, as documented
	return hex.EncodeToString(random)[:digits], nil
}
