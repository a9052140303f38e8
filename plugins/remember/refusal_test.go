package remember_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"hotspot-helper/plugins/record"
	"hotspot-helper/plugins/remember"
	"hotspot-helper/portal"
)

// visit returns the recording of a login at a made-up portal: its page, what was sent, what came back, and
// what was typed.
func visit(t *testing.T, page, sent, kind, result string, typed map[string]string) *record.Capture {
	t.Helper()
	known := &record.Typed{}
	for name, text := range typed {
		known.Controls = append(known.Controls, record.Control{Name: name, Type: "text", Values: []portal.Value{portal.Secret(text)}})
	}
	html := http.Header{"Content-Type": {"text/html"}}
	c, err := record.New([]*record.Entry{
		{Type: "document", Method: "GET", URL: "http://check.test/", Status: 302, Header: http.Header{"Location": {"http://portal.test/"}}},
		{Type: "document", Method: "GET", URL: "http://portal.test/", Status: 200, Header: html, MimeType: "text/html", Body: page},
		{
			Type: "document", Method: "POST", URL: "http://portal.test/go", Posted: &record.Posted{MimeType: kind, Text: sent},
			Status: 200, Header: html, MimeType: "text/html", Body: result,
		},
		{Type: "document", Method: "GET", URL: "http://check.test/", Status: 204, Header: http.Header{}},
	}, known)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

const (
	urlencoded = "application/x-www-form-urlencoded"
	multipart  = "multipart/form-data; boundary=b"
)

// What needs a person each time is refused with its reason; what looks like it, and does not, is not.
func TestRefusals(t *testing.T) {
	const start, end = `<form method=post action=/go>`, `</form>`
	for name, test := range map[string]struct {
		page, sent, kind, result string
		typed                    map[string]string
		want                     remember.Reason // empty: it is offered
	}{
		"user name and password": {
			page: `<input name=user><input type=password name=pass>`, sent: "user=grace.hopper&pass=Nano-118",
			typed: map[string]string{"user": "grace.hopper", "pass": "Nano-118"},
		},
		"radio buttons and a list": {
			page: `<input type=radio name=plan value=free><input type=radio name=plan value=paid><select name=time><option value=1h><option value=1d></select><input name=room>`,
			sent: "plan=free&time=1d&room=1402", typed: map[string]string{"room": "1402"},
		},
		"a code by SMS": {
			page: `<label>Phone <input name=phone></label><label>Code from the SMS <input name=pin1></label>`, sent: "phone=5550100&pin1=8812",
			typed: map[string]string{"phone": "5550100", "pin1": "8812"}, want: remember.Reason(record.ObstacleCode),
		},
		"a code that browsers fill in": {
			page: `<input name=c autocomplete=one-time-code>`, sent: "c=884412", typed: map[string]string{"c": "884412"}, want: remember.Reason(record.ObstacleCode),
		},
		"a CAPTCHA": {
			page: `<input name=user><textarea name=g-recaptcha-response></textarea>`, sent: "user=grace.hopper&g-recaptcha-response=03AFcWeA5",
			typed: map[string]string{"user": "grace.hopper"}, want: remember.Reason(record.ObstacleCaptcha),
		},
		"a card": {
			page: `<input name=number autocomplete=cc-number>`, sent: "number=4111111111111111", typed: map[string]string{"number": "4111111111111111"},
			want: remember.Reason(record.ObstaclePayment),
		},
		"a link in an e-mail": {
			page: `<input name=mail>`, sent: "mail=grace%40navy.test", result: "Please open the link in the e-mail that we sent you.",
			typed: map[string]string{"mail": "grace@navy.test"}, want: remember.Reason(record.ObstacleMail),
		},
		"an e-mail address": {
			page: `<input name=mail>`, sent: "mail=grace%40navy.test", result: "Welcome. You are online.", typed: map[string]string{"mail": "grace@navy.test"},
		},
		"a file": {
			page: `<input name=user><input type=file name=photo>`, kind: multipart, typed: map[string]string{"user": "grace.hopper"},
			sent: "--b\r\nContent-Disposition: form-data; name=\"user\"\r\n\r\ngrace.hopper\r\n--b\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"me.png\"\r\n\r\nPNG\r\n--b--\r\n",
			want: remember.Reason(record.ObstacleUpload),
		},
		"a value of a script": {
			page: `<input name=user><input type=hidden name=proof>`, sent: "user=grace.hopper&proof=x81kq20dmw4", typed: map[string]string{"user": "grace.hopper"},
			want: remember.ReasonUnknown,
		},
		"nothing of what was typed": {
			page: `<input name=user><input type=hidden name=h value=1>`, sent: "user=&h=1", typed: map[string]string{"user": "grace.hopper"}, want: remember.ReasonNotTyped,
		},
	} {
		t.Run(name, func(t *testing.T) {
			if test.kind == "" {
				test.kind = urlencoded
			}
			if test.result == "" {
				test.result = "Welcome"
			}
			c := visit(t, start+test.page+end, test.sent, test.kind, test.result, test.typed)
			offer, err := store(t).Draft(t.Context(), c, remember.Visit{Network: guest})
			refusal, ok := errors.AsType[*remember.Refusal](err)
			switch {
			case err == nil && test.want == "":
				if err := offer.Discard(); err != nil {
					t.Error(err)
				}
			case !ok || refusal.Reason != test.want:
				t.Errorf("got %v, want %q", err, test.want)
			}
			for field, value := range test.typed { // it is logged
				if err != nil && strings.Contains(err.Error(), value) {
					t.Errorf("what was typed as %s is in the reason: %v", field, err)
				}
			}
		})
	}
}
