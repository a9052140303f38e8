package portaltest

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"net/url"
	"sync"
)

// The kinds of a TP-Link Omada controller, as a login script describes it.
const (
	KindOmada         Kind = "omada"          // a click
	KindOmadaPassword Kind = "omada-password" // a password, as pages for the controller send it
)

// The host of the controller, and its id in paths.
const (
	omadaHost       = "198.51.100.7:8088"
	omadaController = "/4b1f0e9c2a7d"
)

// omada answers as the script expects. Only encrypted JSON logs in.
type omada struct {
	base
	key func() *rsa.PrivateKey // generated on first use
}

func newOmada(b base) site {
	p := &omada{base: b, key: sync.OnceValue(newKey)}
	return site{
		portal: p,
		hosts:  []string{omadaHost},
		url:    p.page("http://start.test/"),
		traits: "as a login script says of TP-Link Omada",
	}
}

func newKey() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err) // cannot happen: the size is valid
	}
	return key
}

// authType is the way to log in: 0 is a click.
func (p *omada) authType() int {
	if p.Kind == KindOmadaPassword {
		return 1
	}
	return 0
}

func (p *omada) page(origin string) string {
	return "http://" + omadaHost + omadaController + "/portal?cid=02-00-00-00-01-10&ap=02-00-00-00-01-01&ssid=" +
		url.QueryEscape("Guest Wi-Fi") + "&rid=1&u=" + url.QueryEscape(origin)
}

func (p *omada) intercept(r *http.Request) reply {
	return page(http.StatusOK, `<html><head><script type="text/javascript">location.href="`+p.page(urlOf(r))+`"</script></head></html>`, "to the portal")
}

func (p *omada) answer(r *http.Request, _ status) reply {
	switch r.Method + " " + r.URL.Path {
	case "GET " + omadaController + "/portal":
		return page(http.StatusOK, `<html><body><div id="app"></div><script src="main.js"></script></body></html>`, "portal")
	case "GET " + omadaController + "/pubKey":
		return p.publicKey()
	case "POST " + omadaController + "/getPortalPageSetting":
		return p.setting(r)
	case "POST " + omadaController + "/auth":
		return p.auth(r)
	}
	return page(http.StatusNotFound, "", "no such command")
}

// result is the reply of every command.
func result(code int, content fields, detail string) reply {
	header := http.Header{"Content-Type": {"application/json"}}
	body := encode(fields{"errorCode": code, "result": content})
	return reply{status: http.StatusOK, header: header, body: body, decision: DecisionPage, detail: detail}
}

func (p *omada) publicKey() reply {
	der, err := x509.MarshalPKIXPublicKey(p.key().Public())
	if err != nil {
		return page(http.StatusInternalServerError, err.Error(), "public key")
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	return result(0, fields{"key": string(text)}, "public key")
}

// omadaRequest holds the parameters that the client sends, in clear and encrypted.
type omadaRequest struct {
	Client   string `json:"clientMac"`
	AP       string `json:"apMac"`
	SSID     string `json:"ssidName"`
	Radio    int    `json:"radioId"`
	Origin   string `json:"originUrl"`
	AuthType *int   `json:"authType"`
	Password string `json:"simplePassword"`
}

func (q omadaRequest) isOurs() bool {
	return q.Client == "02-00-00-00-01-10" && q.AP == "02-00-00-00-01-01" && q.SSID == "Guest Wi-Fi" && q.Radio == 1 && q.Origin != ""
}

func (p *omada) setting(r *http.Request) reply {
	var q omadaRequest
	if err := json.NewDecoder(r.Body).Decode(&q); err != nil || !q.isOurs() || r.Header.Get("Content-Type") != "application/json" {
		return result(-1001, nil, "wrong parameters")
	}
	return result(0, fields{"authType": p.authType()}, "setting")
}

// auth checks an encrypted request.
func (p *omada) auth(r *http.Request) reply {
	var q omadaRequest
	plain, ok := p.open(r)
	if !ok || json.Unmarshal(plain, &q) != nil || !q.isOurs() || q.AuthType == nil || *q.AuthType != p.authType() {
		return result(-1001, nil, "wrong parameters").as(DecisionDenied)
	}
	switch {
	case p.Kind != KindOmadaPassword:
		return result(0, nil, "click").as(DecisionGranted)
	case q.Password != p.PIN:
		return result(-41517, nil, "wrong password").as(DecisionDenied)
	}
	return result(0, nil, "password").as(DecisionGranted)
}

// open decrypts the body of a request with the key in its query.
func (p *omada) open(r *http.Request) ([]byte, bool) {
	hidden, err := base64.StdEncoding.DecodeString(r.URL.Query().Get("key"))
	if err != nil || r.Header.Get("Content-Type") != "text/plain" {
		return nil, false
	}
	//lint:ignore SA1019 it is what the controller does
	secrets, err := rsa.DecryptPKCS1v15(rand.Reader, p.key(), hidden)
	if err != nil || len(secrets) != 2*aes.BlockSize {
		return nil, false
	}
	body, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, r.Body))
	if err != nil || len(body) == 0 || len(body)%aes.BlockSize != 0 {
		return nil, false
	}
	block, err := aes.NewCipher(secrets[:aes.BlockSize])
	if err != nil {
		return nil, false
	}
	cipher.NewCBCDecrypter(block, secrets[aes.BlockSize:]).CryptBlocks(body, body)
	padding := int(body[len(body)-1])
	if padding == 0 || padding > aes.BlockSize {
		return nil, false
	}
	return body[:len(body)-padding], true
}
