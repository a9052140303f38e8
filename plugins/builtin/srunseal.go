package builtin

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf16"
)

// The constants of srun's page: the alphabet of its base64, and the kind of the cipher.
const (
	srunAlphabet = "LVoJPiCN2R8G90yg+hmFHuacZ1OWMnrsSTXkYpUq/3dlbfKwv6xztjI7DeBE45QA"
	srunPrefix   = "{SRBX1}"
	srunKind     = "srun_bx1"
	srunN        = "200"
	srunType     = "1"
)

// srunLogin is what a login is computed of.
type srunLogin struct {
	user, password string
	address        string // of the client, as the portal sees it
	gateway        string // ac_id
	challenge      string
}

// sealed are the computed fields of a login.
type sealed struct{ password, info, checksum string }

// seal computes what the page computes: an HMAC of the password, the account encrypted with the
// challenge, and a checksum of all.
func (l srunLogin) seal() (sealed, error) {
	var info strings.Builder
	encoder := json.NewEncoder(&info)
	encoder.SetEscapeHTML(false) // JSON.stringify does not
	if err := encoder.Encode(struct {
		User     string `json:"username"`
		Password string `json:"password"`
		Address  string `json:"ip"`
		Gateway  string `json:"acid"`
		Kind     string `json:"enc_ver"`
	}{l.user, l.password, l.address, l.gateway, srunKind}); err != nil {
		return sealed{}, fmt.Errorf("write the account: %w", err)
	}
	s := sealed{
		password: srunHMAC(l.challenge, l.password),
		info:     srunPrefix + srunBase64(srunEncode(strings.TrimSuffix(info.String(), "\n"), l.challenge)),
	}
	s.checksum = l.sum(s)
	return s, nil
}

// sum is the checksum: the challenge stands before each field.
func (l srunLogin) sum(s sealed) string {
	var b strings.Builder
	for _, field := range []string{l.user, s.password, l.gateway, l.address, srunN, srunType, s.info} {
		b.WriteString(l.challenge + field)
	}
	sum := sha1.Sum([]byte(b.String()))
	return hex.EncodeToString(sum[:])
}

// srunHMAC is the HMAC of a password with a challenge, by MD5, in hexadecimal digits.
func srunHMAC(challenge, password string) string {
	mac := hmac.New(md5.New, []byte(challenge))
	mac.Write([]byte(password))
	return hex.EncodeToString(mac.Sum(nil))
}

// srunBase64 is base64 with an alphabet of its own.
func srunBase64(data []byte) string {
	return base64.NewEncoding(srunAlphabet).EncodeToString(data)
}

// srunEncode encrypts a text like the page's xEncode: XXTEA, with another mixing of the key, over
// the UTF-16 code units of the text and its length.
func srunEncode(text, key string) []byte {
	words, keys := srunWords(text), srunWords(key)
	words = append(words, uint32(len(utf16.Encode([]rune(text)))))
	keys = append(keys, make([]uint32, max(0, 4-len(keys)))...)
	const delta = 0x9e3779b9
	last, sum := words[len(words)-1], uint32(0)
	for range 6 + 52/len(words) {
		sum += delta
		for i := range words {
			next := words[(i+1)%len(words)]
			mixed := (last>>5 ^ next<<2) + (next>>3 ^ last<<4 ^ sum ^ next)
			mixed += keys[uint32(i)&3^sum>>2&3] ^ last
			words[i] += mixed
			last = words[i]
		}
	}
	var data []byte
	for _, word := range words {
		data = binary.LittleEndian.AppendUint32(data, word)
	}
	return data
}

// srunWords packs four code units into each word. Units over 255 overlap, as in the page's script.
func srunWords(text string) []uint32 {
	units := utf16.Encode([]rune(text))
	words := make([]uint32, (len(units)+3)/4)
	for i, unit := range units {
		words[i/4] |= uint32(unit) << (8 * (i % 4))
	}
	return words
}
