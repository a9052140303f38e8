// Omada is a live helper in Go for TP-Link Omada controllers whose portal needs a click or a password. The
// page encrypts its request by AES, and the key by RSA. docs/live-helpers.md explains the protocol.
package main

import (
	"bufio"
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/url"
	"os"
	"path"
	"strconv"
	"strings"
)

// description names the query parameter that has the key of the encrypted request: who reads that has the password.
const description = `{"name": "omada-go", "version": "1.1.0", "label": "Omada (Go)", "hosts": ["@start"],
	"inputs": [{"name": "password", "prompt": "Password of the network's page", "secret": true, "optional": true}],
	"secret_fields": ["key"], "terms": ["the terms on the page of the Omada portal"]}`

const iface = "org.hotspothelper.Live1."

// message is a line of the protocol.
type message struct {
	Method     string          `json:"method,omitempty"`
	Parameters json.RawMessage `json:"parameters,omitempty"`
	Error      string          `json:"error,omitempty"`
	Oneway     bool            `json:"oneway,omitempty"`
}

// parameters are those of Claim and Authenticate.
type parameters struct {
	Networks []json.RawMessage
	Evidence *portal
	Portal   portal
	Inputs   map[string]string
	Random   string
}

type portal struct {
	Hops []struct{ URL string }
}

func main() {
	if err := serve(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
}

// agent is the other end.
type agent struct {
	lines *bufio.Reader
	out   io.Writer
}

func serve(in io.Reader, out io.Writer) error {
	a := agent{bufio.NewReader(in), out}
	for {
		call, err := a.read()
		switch {
		case errors.Is(err, io.EOF), err == nil && call.Oneway:
			return nil
		case err != nil:
			return err
		}
		if err := a.answer(call); err != nil {
			return err
		}
	}
}

func (a agent) read() (message, error) {
	var m message
	line, err := a.lines.ReadBytes('\n')
	if err != nil {
		return m, err
	}
	return m, json.Unmarshal(line, &m)
}

func (a agent) write(m any) error { return json.NewEncoder(a.out).Encode(m) }

func (a agent) answer(call message) error {
	var p parameters
	if err := json.Unmarshal(call.Parameters, &p); err != nil {
		return err
	}
	switch strings.TrimPrefix(call.Method, iface) {
	case "Describe":
		return a.write(message{Parameters: json.RawMessage(description)})
	case "Claim":
		return a.reply(map[string]any{"claims": claim(p)})
	case "Authenticate":
		result, err := a.authenticate(p)
		if err != nil {
			return a.write(map[string]any{"error": iface + "Failed", "parameters": map[string]string{"reason": err.Error()}})
		}
		return a.reply(map[string]any{"result": result})
	}
	return a.write(map[string]any{"error": "org.varlink.service.MethodNotFound", "parameters": map[string]string{"method": call.Method}})
}

func (a agent) reply(parameters any) error {
	return a.write(map[string]any{"parameters": parameters})
}

func claim(p parameters) []map[string]string {
	list := make([]map[string]string, len(p.Networks))
	for i := range list {
		list[i] = map[string]string{"confidence": "none", "reason": "no address of an Omada controller's portal was seen"}
		if p.Evidence == nil {
			continue
		}
		for _, hop := range p.Evidence.Hops {
			if u, err := url.Parse(hop.URL); err == nil && path.Base(u.Path) == "portal" && u.Query().Has("cid") {
				list[i] = map[string]string{"confidence": "high", "reason": "the address of an Omada controller's portal"}
			}
		}
	}
	return list
}

// errNoPortal is the error of a portal of another kind.
var errNoPortal = errors.New("no address of an Omada controller's portal was seen")

// The ways to log in, as the controller names them.
const (
	authClick    = 0
	authPassword = 1
)

// authenticate clicks, or sends the password.
func (a agent) authenticate(p parameters) (result map[string]string, err error) {
	base, client, err := find(p.Portal)
	if err != nil {
		return map[string]string{"outcome": "unsupported", "reason": err.Error()}, nil
	}
	var key struct{ Key string }
	if err := a.ask(map[string]any{"url": base + "pubKey", "step": "key"}, &key); err != nil {
		return nil, err
	}
	var setting struct{ AuthType *int }
	if err := a.ask(map[string]any{"url": base + "getPortalPageSetting", "json": client, "step": "setting"}, &setting); err != nil {
		return nil, err
	}
	switch {
	case setting.AuthType == nil || *setting.AuthType != authClick && *setting.AuthType != authPassword:
		return map[string]string{"outcome": "unsupported", "reason": "the portal needs something else than a click or a password"}, nil
	case *setting.AuthType == authPassword && p.Inputs["password"] == "":
		return map[string]string{"outcome": "needs-user", "missing": "password"}, nil
	case *setting.AuthType == authPassword:
		client["simplePassword"] = p.Inputs["password"]
	}
	client["authType"] = *setting.AuthType
	sealed, body, err := seal(key.Key, client, &random{seed: p.Random})
	if err != nil {
		return nil, err
	}
	if err := a.ask(map[string]any{"url": base + "auth?key=" + url.QueryEscape(sealed), "body": body, "step": "auth"}, nil); err != nil {
		return map[string]string{"outcome": "denied", "reason": err.Error()}, nil
	}
	return map[string]string{"outcome": "submitted"}, nil
}

// find returns the controller's address and the parameters that it wants, from the address of its page.
func find(seen portal) (base string, client map[string]any, err error) {
	for _, hop := range seen.Hops {
		u, err := url.Parse(hop.URL)
		if err != nil || path.Base(u.Path) != "portal" || !u.Query().Has("cid") {
			continue
		}
		query := u.Query()
		radio, err := strconv.Atoi(query.Get("rid"))
		if err != nil {
			continue
		}
		return u.Scheme + "://" + u.Host + path.Dir(u.Path) + "/", map[string]any{
			"clientMac": query.Get("cid"), "apMac": query.Get("ap"), "ssidName": query.Get("ssid"),
			"radioId": radio, "originUrl": query.Get("u"),
		}, nil
	}
	return "", nil, errNoPortal
}

// ask asks the agent for an exchange, and decodes what the controller says.
func (a agent) ask(exchange map[string]any, into any) error {
	if err := a.write(map[string]any{"method": iface + "Exchange", "parameters": exchange}); err != nil {
		return err
	}
	answer, err := a.read()
	if err != nil {
		return err
	}
	var page struct{ Body, Reason string }
	if err := json.Unmarshal(answer.Parameters, &page); err != nil {
		return err
	}
	if answer.Error != "" {
		return errors.New(page.Reason)
	}
	var reply struct {
		ErrorCode *int            `json:"errorCode"`
		Message   string          `json:"msg"`
		Result    json.RawMessage `json:"result"`
	}
	if err := json.Unmarshal([]byte(page.Body), &reply); err != nil || reply.ErrorCode == nil {
		return errors.New("the controller does not answer in JSON with an errorCode")
	}
	if *reply.ErrorCode != 0 {
		return fmt.Errorf("the controller refuses with error %d: %s", *reply.ErrorCode, reply.Message)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(reply.Result, into)
}

// seal encrypts a request like the controller's page: JSON by AES-128-CBC with a fresh key and
// initialization vector of 16 letters and digits each, and these two by RSA.
func seal(pemKey string, request map[string]any, fresh *random) (sealed, body string, err error) {
	block, _ := pem.Decode([]byte(pemKey))
	if block == nil {
		return "", "", errors.New("the controller's key is not PEM")
	}
	parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return "", "", err
	}
	public, ok := parsed.(*rsa.PublicKey)
	if !ok || public.Size() < 128 || public.Size() > 1024 {
		return "", "", errors.New("the controller's key is not for RSA of 1024 to 8192 bits")
	}
	plain, err := json.Marshal(request)
	if err != nil {
		return "", "", err
	}
	key, vector := fresh.text(aes.BlockSize), fresh.text(aes.BlockSize)
	cipherBlock, err := aes.NewCipher(key)
	if err != nil {
		return "", "", err
	}
	padding := aes.BlockSize - len(plain)%aes.BlockSize
	plain = append(plain, bytes.Repeat([]byte{byte(padding)}, padding)...) // PKCS #7
	cipher.NewCBCEncrypter(cipherBlock, vector).CryptBlocks(plain, plain)
	encode := base64.StdEncoding.EncodeToString
	return encode(encryptRSA(public, append(key, vector...), fresh)), encode(plain), nil
}

// encryptRSA encrypts by RSA with the padding of PKCS #1 v1.5 (RFC 8017, section 7.2.1). The padding of crypto/rsa
// is never the same twice, and a recorded case could not be replayed.
func encryptRSA(public *rsa.PublicKey, text []byte, fresh *random) []byte {
	block := make([]byte, public.Size())
	block[1] = 2
	end := len(block) - len(text)
	copy(block[2:end-1], fresh.text(end-3))
	copy(block[end:], text)
	number := new(big.Int).SetBytes(block)
	return number.Exp(number, big.NewInt(int64(public.E)), public.N).FillBytes(block)
}

// random are random numbers made of those that the agent gave, so that a recorded case can be replayed.
type random struct {
	seed   string
	rounds int
}

// text returns random letters and digits.
func (r *random) text(length int) []byte {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567" // one for each of five bits
	var text []byte
	for len(text) < length {
		r.rounds++
		for _, b := range sha256.Sum256([]byte(r.seed + strconv.Itoa(r.rounds))) {
			text = append(text, letters[b%32])
		}
	}
	return text[:length]
}
