package portaltest

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"strings"
)

// srunAlphabet is that of the page's base64.
const srunAlphabet = "LVoJPiCN2R8G90yg+hmFHuacZ1OWMnrsSTXkYpUq/3dlbfKwv6xztjI7DeBE45QA"

// srunAccount is what a login encrypts.
type srunAccount struct {
	User     string `json:"username"`
	Password string `json:"password"`
	Address  string `json:"ip"`
	Gateway  string `json:"acid"`
	Kind     string `json:"enc_ver"`
}

// readSrunAccount decrypts the account of a login.
func readSrunAccount(info, challenge string) (account srunAccount, err error) {
	data, err := base64.NewEncoding(srunAlphabet).DecodeString(strings.TrimPrefix(info, "{SRBX1}"))
	if err != nil {
		return account, err
	}
	text, err := srunDecode(data, challenge)
	if err != nil {
		return account, err
	}
	return account, json.Unmarshal([]byte(text), &account)
}

// srunDecode is the inverse of the page's xEncode, for texts of Latin-1: XXTEA with another mixing of the
// key, over the characters of the text and its length.
func srunDecode(data []byte, key string) (string, error) {
	if len(data) < 8 || len(data)%4 != 0 {
		return "", errors.New("no whole words")
	}
	words := srunWords(data)
	keys := append(srunWords([]byte(key + "\x00\x00\x00"))[:(len(key)+3)/4], 0, 0, 0, 0)
	const delta = 0x9e3779b9
	n := len(words)
	for sum := uint32(6+52/n) * delta; sum != 0; sum -= delta {
		for i := n - 1; i >= 0; i-- {
			last, next := words[(i+n-1)%n], words[(i+1)%n]
			mixed := (last>>5 ^ next<<2) + (next>>3 ^ last<<4 ^ sum ^ next)
			words[i] -= mixed + (keys[uint32(i)&3^sum>>2&3] ^ last)
		}
	}
	length := int(words[n-1])
	if length > 4*(n-1) || length <= 4*(n-2) {
		return "", errors.New("another length than that of the text")
	}
	var text strings.Builder
	for i := range length {
		text.WriteRune(rune(byte(words[i/4] >> (8 * (i % 4)))))
	}
	return text.String(), nil
}

// srunWords packs four bytes into each word, and leaves out what is over.
func srunWords(data []byte) []uint32 {
	words := make([]uint32, len(data)/4)
	for i := range words {
		words[i] = binary.LittleEndian.Uint32(data[4*i:])
	}
	return words
}
