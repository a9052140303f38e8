package remember_test

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hotspot-helper/plugins/record"
	"hotspot-helper/plugins/remember"
	"hotspot-helper/portal"
	"hotspot-helper/wifi"
)

// typedInto returns a control with the texts that it had, one after the other.
func typedInto(name, kind string, texts ...string) record.Control {
	c := record.Control{Name: name, Type: kind}
	for _, text := range texts {
		c.Values = append(c.Values, portal.Secret(text))
	}
	return c
}

// opened and posted return entries of a window.
func opened(url, body string) *record.Entry {
	return &record.Entry{Type: "document", Method: "GET", URL: url, Status: 200, Header: http.Header{"Content-Type": {"text/html"}}, MimeType: "text/html", Body: body}
}

func posted(url, sent, body string) *record.Entry {
	e := opened(url, body)
	e.Method, e.Posted = "POST", &record.Posted{MimeType: urlencoded, Text: sent}
	return e
}

// ledTo makes an entry a redirect.
func ledTo(e *record.Entry, url string) *record.Entry {
	e.Status, e.Header = 302, http.Header{"Location": {url}}
	return e
}

// live returns the recording of a login in a window, from a check that is intercepted to one that is not.
func live(t *testing.T, known *record.Typed, start string, entries ...*record.Entry) *record.Capture {
	t.Helper()
	const check = "http://check.test/"
	all := slices.Concat([]*record.Entry{ledTo(opened(check, ""), start)}, entries, []*record.Entry{{Type: "document", Method: "GET", URL: check, Status: 204}})
	c, err := record.New(all, known)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// keptOrRefused drafts a login and keeps it, and fails if what is kept, or is exported for others, has one of the texts. It returns
// the reason of a refusal, else the offer.
func keptOrRefused(t *testing.T, c *record.Capture, texts ...string) (remember.Reason, *remember.Offer) {
	t.Helper()
	return keptOrRefusedAt(t, guest, c, texts...)
}

func keptOrRefusedAt(t *testing.T, n wifi.Identity, c *record.Capture, texts ...string) (remember.Reason, *remember.Offer) {
	t.Helper()
	s := store(t)
	offer, err := s.Draft(t.Context(), c, remember.Visit{Network: n})
	if refusal, ok := errors.AsType[*remember.Refusal](err); ok {
		contains(t, s.Dir, 0o077, texts...)
		for _, text := range texts {
			if strings.Contains(refusal.Error(), text) {
				t.Errorf("the refusal has %q: %v", text, refusal)
			}
		}
		return refusal.Reason, nil
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Keep(offer); err != nil {
		t.Fatal(err)
	}
	contains(t, s.Dir, 0o077, texts...)
	dir := filepath.Join(t.TempDir(), "venue")
	if err := s.Export(t.Context(), offer.Name, dir); err != nil {
		t.Fatal(err)
	}
	contains(t, dir, 0, texts...)
	for _, text := range texts {
		if strings.Contains(offer.Text("keyring"), text) {
			t.Errorf("the question has %q: %s", text, offer.Text("keyring"))
		}
	}
	return "", offer
}

// What was sent and nothing explains may be a password that no event reported: of a key pad, of a closed shadow tree, of a
// script that spells it otherwise. Such a login is refused.
func TestUnexplainedIsRefused(t *testing.T) {
	const user = "<input name=user>"
	for name, test := range map[string]struct {
		page, sent string // to a form
		get        string // else opened
		secret     string
	}{
		"hidden field":         {page: user + `<input type=hidden name=pass>`, sent: "user=grace.hopper&pass=seahorse", secret: "seahorse"},
		"no control":           {page: user, sent: "user=grace.hopper&password=correct-horse-battery", secret: "correct-horse-battery"},
		"short PIN":            {page: user + `<input type=hidden name=pin>`, sent: "user=grace.hopper&pin=40711", secret: "40711"},
		"PIN like a year":      {page: user + `<input type=hidden name=x><p>© 2024 Cafe</p>`, sent: "user=grace.hopper&x=2024", secret: `"2024"`},
		"word of the page":     {page: user + `<input type=hidden name=pass><p>Our seahorse is famous.</p>`, sent: "user=grace.hopper&pass=seahorse", secret: `"seahorse"`},
		"a letter a field":     {page: user + `<input type=hidden name=p0><input type=hidden name=p1><input type=hidden name=p2>`, sent: "user=grace.hopper&p0=s&p1=e&p2=a", secret: `"s"`},
		"a digit of a key pad": {page: user + `<button type=button>4</button><button type=button>0</button>`, sent: "user=grace.hopper&p0=4&p1=0", secret: `"4"`},
		"digits of a random":   {page: user, sent: "user=grace.hopper&t=40711", secret: "40711"},
		"name of a field":      {page: user, sent: "user=grace.hopper&40711=1", secret: "40711"},
		"parameter":            {page: user, get: "/go?user=grace.hopper&pin=40711", secret: "40711"},
		"parameter, no name":   {page: user, get: "/go?user=grace.hopper&40711", secret: "40711"},
		"path":                 {page: user, get: "/go/40711?user=grace.hopper", secret: "40711"},
		"a letter of a path":   {page: user, get: "/go/4/0/7?user=grace.hopper", secret: "/4/0"},
		"host":                 {page: user + "portal.test", get: "http://40711.portal.test/go?user=grace.hopper", secret: "40711"},
	} {
		for _, isKnown := range []bool{true, false} {
			t.Run(name, func(t *testing.T) {
				known := &record.Typed{Controls: []record.Control{typedInto("user", "text", "grace.hopper")}}
				if !isKnown {
					known = nil
				}
				page := opened("http://portal.test/", "<form method=post action=/go>"+test.page+"</form>")
				login := posted("http://portal.test/go", test.sent, "Welcome")
				if test.get != "" {
					login = opened("http://portal.test"+strings.TrimPrefix(test.get, "http://portal.test"), `{"ok":true}`)
					if strings.HasPrefix(test.get, "http://") {
						login.URL = test.get
					}
					login.Type, login.MimeType = "xhr", "application/json"
				}
				reason, _ := keptOrRefused(t, live(t, known, "http://portal.test/", page, login), test.secret)
				isAsked := !isKnown && reason == "" // its name says that it was typed
				if reason != remember.ReasonUnknown && reason != remember.ReasonNoLogin && !isAsked {
					t.Errorf("what was recorded (typed texts known: %v) ends as %q", isKnown, reason)
				}
			})
		}
	}
}

// A script can make what a person types the value of a box or a list. Such a value is the portal's only if a page offered it before.
func TestChoicesThatNoPageOffered(t *testing.T) {
	const user = "<input name=user>"
	for name, test := range map[string]struct {
		page    string
		c       record.Control
		isKnown bool // the portal offered it
	}{
		"a box that becomes a password":   {user + `<input type=checkbox name=pass>`, typedInto("pass", "checkbox", "on", "s", "se", "sea", "seahorse"), false},
		"a box whose value a script sets": {user + `<input type=checkbox name=pass value=1>`, typedInto("pass", "checkbox", "seahorse"), false},
		"a word of the page":              {user + `<input type=checkbox name=pass value=1><p>Our seahorse is famous.</p>`, typedInto("pass", "checkbox", "seahorse"), false},
		"an option that a script adds":    {user + `<select name=pass><option value=1></select>`, typedInto("pass", "select-one", "seahorse"), false},
		"an option of another list":       {user + `<select name=pass><option value=1></select><select name=animal><option>seahorse</select>`, typedInto("pass", "select-one", "seahorse"), false},
		"no control":                      {user, typedInto("pass", "radio", "seahorse"), false},
		"a box":                           {user + `<input type=checkbox name=pass value=Seal>`, typedInto("pass", "checkbox", "Seal"), true},
		"a list":                          {user + `<select name=pass><option>Sea  Lion</select>`, typedInto("pass", "select-one", "Sea Lion"), true},
	} {
		t.Run(name, func(t *testing.T) {
			known := &record.Typed{Controls: []record.Control{typedInto("user", "text", "grace.hopper"), test.c}}
			page := opened("http://portal.test/", "<form method=post action=/go>"+test.page+"</form>")
			sent := test.c.Values[len(test.c.Values)-1].Reveal()
			login := posted("http://portal.test/go", "user=grace.hopper&"+test.c.Name+"="+strings.ReplaceAll(sent, " ", "+"), "Welcome <option>seahorse")
			reason, _ := keptOrRefused(t, live(t, known, "http://portal.test/", page, login))
			if want := remember.ReasonUnknown; !test.isKnown && reason != want || test.isKnown && reason != "" {
				t.Errorf("it ends as %q", reason)
			}
		})
	}
}

// What was typed piece by piece is no word of the portal's.
func TestPiecesAreTyped(t *testing.T) {
	for name, controls := range map[string][]record.Control{
		"pieces of controls":         {typedInto("p0", "text", "s", "se", "sea"), typedInto("p1", "text", "h", "ho", "hor"), typedInto("p2", "text", "s", "se")},
		"emptied at each key":        {typedInto("p", "password", strings.Split("s,,e,,a,,h,,o,,r,,s,,e", ",")...)},
		"emptied at each second key": {typedInto("p", "password", strings.Split("s,se,,a,ah,,o,or,,s,se", ",")...)},
	} {
		t.Run(name, func(t *testing.T) {
			known := &record.Typed{Controls: append([]record.Control{typedInto("user", "text", "grace.hopper")}, controls...)}
			page := opened("http://portal.test/", "<form method=post action=/go><input name=user></form><script>const words='abacus seahorse zebra'</script>")
			login := posted("http://portal.test/go", "x=seahorse&user=grace.hopper", "Welcome")
			if reason, _ := keptOrRefused(t, live(t, known, "http://portal.test/", page, login)); reason != remember.ReasonUnknown {
				t.Errorf("it ends as %q", reason)
			}
			call := opened("http://portal.test/go/seahorse?user=grace.hopper", `{"ok":true}`)
			call.Type, call.MimeType = "xhr", "application/json"
			if reason, _ := keptOrRefused(t, live(t, known, "http://portal.test/", page, call)); reason != remember.ReasonUnknown {
				t.Errorf("in a path it ends as %q", reason)
			}
		})
	}
}

// What was typed is in no reason, whatever the portal makes of it, and a network's name hides nothing.
func TestReasonsHaveNothingTyped(t *testing.T) {
	const typed = "user=grace.hopper&pass=seahorse"
	for name, more := range map[string][]*record.Entry{
		"redirect to a host": {ledTo(posted("http://portal.test/go", typed, ""), "http://seahorse.portal.test/ok"), opened("http://seahorse.portal.test/ok", "Welcome")},
		"refresh to a host": {
			posted("http://portal.test/go", typed, `<meta http-equiv=refresh content="0;url=http://seahorse.portal.test/ok">Welcome`), opened("http://seahorse.portal.test/ok", "Welcome"),
		},
		"selector of a link": {posted("http://portal.test/go", typed, `<a id=seahorse href=/ok>on</a>`), opened("http://portal.test/ok", "Welcome")},
	} {
		for _, ssid := range []string{"e", "Cafe", "sea"} {
			t.Run(name, func(t *testing.T) {
				known := &record.Typed{Controls: []record.Control{typedInto("user", "text", "grace.hopper"), typedInto("pass", "password", "seahorse")}}
				page := opened("http://portal.test/", `<form method=post action=/go><input name=user><input type=password name=pass></form>`)
				keptOrRefusedAt(t, wifi.Identity{SSID: wifi.SSID(ssid), Security: wifi.SecurityOpen}, live(t, known, "http://portal.test/", append([]*record.Entry{page}, more...)...), "seahorse")
			})
		}
	}
}

// What the portal itself gave is no secret: such logins are remembered.
func TestExplainedIsRemembered(t *testing.T) {
	const user = "<form method=post action=/go><input name=user><input type=hidden name=realm value=guests><select name=stay><option value=1>1 day<option value=2 selected>2 days</select></form>"
	known := &record.Typed{Controls: []record.Control{typedInto("user", "text", "grace.hopper"), typedInto("stay", "select-one", "1")}}
	page := opened("http://portal.test/", user+`<script>var mode = 3, plan = "standard"; data.lang = "en-GB"; big = false</script>`)
	login := posted("http://portal.test/go", "user=grace.hopper&realm=guests&stay=1&mode=3&plan=standard&lang=en-GB&big=false&t=1790000000123", "Welcome")
	if reason, _ := keptOrRefused(t, live(t, known, "http://portal.test/", page, login), "grace.hopper"); reason != "" {
		t.Errorf("it is refused: %q", reason)
	}
}

// A portal that repeats what an attempt before sent does not explain it.
func TestRepeatedAttemptExplainsNothing(t *testing.T) {
	known := &record.Typed{Controls: []record.Control{typedInto("user", "text", "grace.hopper")}}
	const form = `<form method=post action=/go><input name=user><input type=hidden name=code></form>`
	c := live(t, known, "http://portal.test/", opened("http://portal.test/", form),
		posted("http://portal.test/go", "user=grace.hopper&code=seahorse", "wrong"),
		ledTo(opened("http://check.test/", ""), "http://portal.test/?again"),
		opened("http://portal.test/?again", strings.Replace(form, "name=code", "name=code value=old", 1)+`<script>var code = "seahorse"</script>`),
		posted("http://portal.test/go", "user=grace.hopper&code=seahorse", "Welcome"))
	if reason, _ := keptOrRefused(t, c, "seahorse"); reason != remember.ReasonUnknown {
		t.Errorf("it ends as %q", reason)
	}
}

// A script that sends what was typed in another spelling, too, is refused, or that spelling is not kept.
func TestSpellingsAreNotKept(t *testing.T) {
	const typed = "seahorsekey"
	for name, form := range map[string]string{
		"upper case": "SEAHORSEKEY", "title": "Seahorsekey", "reversed": "yekesrohaes", "rot13": "frnubefrxrl", "half": "seahor", "with more": "xx-seahorsekey-yy",
		"spaced": "s e a h o r s e k e y", "dotted": "s.e.a.h.o.r.s.e.k.e.y", "hex": strings.ToUpper(hex.EncodeToString([]byte(typed))),
		"base64": base64.RawStdEncoding.EncodeToString([]byte(typed)), "base64 twice": base64.StdEncoding.EncodeToString([]byte(base64.StdEncoding.EncodeToString([]byte(typed)))),
	} {
		for _, plain := range []string{"", "&pass=" + typed} {
			t.Run(name, func(t *testing.T) {
				known := &record.Typed{Controls: []record.Control{typedInto("user", "text", "grace.hopper"), typedInto("pass", "password", "sea", typed)}}
				sent := "user=grace.hopper&q=" + strings.NewReplacer(" ", "+", "=", "%3D").Replace(form) + plain
				c := live(t, known, "http://portal.test/",
					opened("http://portal.test/", `<form method=post action=/go><input name=user><input type=password name=pass><input type=hidden name=q></form>`),
					posted("http://portal.test/go", sent, "Welcome"))
				keptOrRefused(t, c, form, typed)
			})
		}
	}
}

// What was typed first, and corrected, is masked in what a portal repeats, and so is each beginning of it.
func TestCorrectedTextIsNotKept(t *testing.T) {
	const first = "My-Mail-Password7"
	var texts []string
	for i := range first {
		texts = append(texts, first[:i+1])
	}
	known := &record.Typed{Controls: []record.Control{typedInto("user", "text", "grace.hopper"), typedInto("pass", "password", append(texts, "s", "sea", "seahorse")...)}}
	c := live(t, known, "http://portal.test/", opened("http://portal.test/", `<form method=post action=/go><input name=user><input type=password name=pass></form>`),
		posted("http://portal.test/go", "user=grace.hopper&pass=seahorse", "<p>Welcome. Before that you tried My-Mail-Password7. At first it was My-Mail-P, and My-Mail-Passwor."))
	if reason, offer := keptOrRefused(t, c, first, "seahorse", "My-Mail-P"); offer == nil {
		t.Errorf("it is refused: %q", reason)
	}
}

// What a portal repeats of what was typed is kept nowhere: not as a host, a path, a cookie, a name or a selector.
func TestTypedTextInPlacesIsNotKept(t *testing.T) {
	const typed = "user=grace.hopper&pass=seahorse"
	cookies := ledTo(posted("http://portal.test/go", typed, ""), "/ok/seahorse")
	cookies.Header["Set-Cookie"], cookies.Header["X-Seahorse"] = []string{"p=seahorse", "seahorse=1"}, []string{"1"}
	for name, more := range map[string][]*record.Entry{
		"redirect to a host": {ledTo(posted("http://portal.test/go", typed, ""), "http://seahorse.portal.test/ok"), opened("http://seahorse.portal.test/ok", "Welcome")},
		"refresh to a host": {
			posted("http://portal.test/go", typed, `<meta http-equiv=refresh content="0;url=http://seahorse.portal.test/ok">Welcome`),
			opened("http://seahorse.portal.test/ok", "Welcome"),
		},
		"cookie and path": {cookies, opened("http://portal.test/ok/seahorse", "Welcome <!-- c2VhaG9yc2U= esrohaes --> sea<b>horse</b>")},
		"selector of a form": {
			posted("http://portal.test/go", typed, `<form id=seahorse method=post action=/go2><input type=hidden name=seahorse value=1><button name=seahorse2 value=1>Go</button></form>`),
			posted("http://portal.test/go2", "seahorse=1&seahorse2=1", "Welcome"),
		},
		"selector of a link": {posted("http://portal.test/go", typed, `<a id=seahorse href=/ok>on</a>`), opened("http://portal.test/ok", "Welcome")},
	} {
		t.Run(name, func(t *testing.T) {
			known := &record.Typed{Controls: []record.Control{typedInto("user", "text", "grace.hopper"), typedInto("pass", "password", "seahorse")}}
			page := opened("http://portal.test/", `<form method=post action=/go><input name=user><input type=password name=pass></form>`)
			keptOrRefused(t, live(t, known, "http://portal.test/", append([]*record.Entry{page}, more...)...), "seahorse", "c2VhaG9yc2U", "esrohaes", "sea<b>horse")
		})
	}
}
