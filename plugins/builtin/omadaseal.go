package builtin

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
)

// sealOmada encrypts a request like the controller's page: the JSON by AES-128-CBC with a fresh
// key and initialization vector of 16 letters and digits each, and these two by RSA. Both
// results are base64. The controller requires the padding schemes; the content is not secret.
func sealOmada(to *rsa.PublicKey, request map[string]any) (sealed, body string, err error) {
	plain, err := json.Marshal(request)
	if err != nil {
		return "", "", fmt.Errorf("write the request: %w", err)
	}
	key, vector := rand.Text()[:aes.BlockSize], rand.Text()[:aes.BlockSize]
	//lint:ignore SA1019 the controller takes no other padding
	encrypted, err := rsa.EncryptPKCS1v15(rand.Reader, to, []byte(key+vector))
	if err != nil {
		return "", "", fmt.Errorf("encrypt the key: %w", err)
	}
	block, err := aes.NewCipher([]byte(key))
	if err != nil {
		return "", "", fmt.Errorf("encrypt the request: %w", err)
	}
	padding := aes.BlockSize - len(plain)%aes.BlockSize
	plain = append(plain, bytes.Repeat([]byte{byte(padding)}, padding)...) // PKCS #7
	cipher.NewCBCEncrypter(block, []byte(vector)).CryptBlocks(plain, plain)
	encode := base64.StdEncoding.EncodeToString
	return encode(encrypted), encode(plain), nil
}
