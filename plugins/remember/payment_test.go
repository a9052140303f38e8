package remember_test

import (
	"cmp"
	"net/url"
	"testing"

	"hotspot-helper/plugins/record"
	"hotspot-helper/plugins/remember"
)

// What costs something is not repeated: a price at what was pressed or chosen, a word that buys, an answer that thanks for it. What is
// free beside it, and was chosen, is remembered.
func TestPaymentsAreRefused(t *testing.T) {
	const room = `<label>Room <input name=room></label>`
	const picture = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'%3E%3Ctext y='15'%3E5 EUR per day%3C/text%3E%3C/svg%3E"
	for name, test := range map[string]struct {
		page, sent, result string
		isFree             bool
		to                 string // in place of /go
		call               string // the media type of what a script sends; "": a form is sent
	}{
		"charged to a room": {
			page: `<h1>Internet 24 h: 19.90 EUR</h1>` + room + `<p>The amount of 19.90 EUR will be charged to your room.</p><button name=buy value=charge>Buy now for 19.90 EUR</button>`, sent: "room=1402&buy=charge",
		},
		"nothing typed":       {page: `<h1>Internet 24 h: 19.90 EUR</h1><button name=buy value=charge>Buy now</button>`, sent: "buy=charge"},
		"a price above":       {page: `<h1>Internet: 5 € a day</h1>` + room + `<button>Go on</button>`, sent: "room=1402"},
		"a price in German":   {page: `<p>Der Tag kostet 5,- Euro.</p>` + room + `<button>Weiter</button>`, sent: "room=1402"},
		"a button that buys":  {page: room + `<button name=go value=1>Jetzt kaufen</button>`, sent: "room=1402&go=1"},
		"a name that buys":    {page: room + `<input type=hidden name=action value=purchase><button>OK</button>`, sent: "room=1402&action=purchase"},
		"a hidden amount":     {page: room + `<input type=hidden name=amount value=990><button>OK</button>`, sent: "room=1402&amount=990"},
		"a price in a shadow": {page: `<div><template shadowrootmode=open><p>5 € a day</p></template></div>` + room + `<button>OK</button>`, sent: "room=1402"},
		"a price in a frame":  {page: `<iframe src="data:text/html,5%20EUR%20a%20day"></iframe>` + room + `<button>OK</button>`, sent: "room=1402"},
		"a price in a field":  {page: `<p>A day: <input value=5 readonly> EUR</p>` + room + `<button>OK</button>`, sent: "room=1402"},
		"a frame to nowhere":  {page: `<iframe src="data:text/xml,<a/>"></iframe>` + room + `<button>OK</button>`, sent: "room=1402"},
		"a paid choice":       {page: room + `<label><input type=radio name=plan value=a> Basic, free</label><label><input type=radio name=plan value=b> Fast, 5 €</label><button>OK</button>`, sent: "room=1402&plan=b"},
		"a paid option":       {page: room + `<select name=plan><option value=a>Basic<option value=b>Fast, 5 €</select><button>OK</button>`, sent: "room=1402&plan=b"},
		"thanks for it":       {page: room + `<button>OK</button>`, sent: "room=1402", result: "<p>Thank you for your purchase."},
		"thanks in French":    {page: room + `<button>OK</button>`, sent: "room=1402", result: "<p>12,00 € seront facturés sur votre note."},
		"thanks in JSON":      {page: room + `<button>OK</button>`, sent: "room=1402", result: `{"ok": true, "text": "19.90 EUR were charged to room 1402."}`},
		"paid in a shadow":    {page: room + `<button>OK</button>`, sent: "room=1402", result: "<div><template shadowrootmode=open><p>Thank you for your purchase."},
		"a price in a set":    {page: `<img srcset="` + picture + `">` + room + `<button>OK</button>`, sent: "room=1402"},
		"a price in a poster": {page: `<video poster="` + picture + `"></video>` + room + `<button>OK</button>`, sent: "room=1402"},
		"amount of a button":  {page: room + `<button name=amount value=990>OK</button>`, sent: "room=1402&amount=990"},
		"amount in a query":   {page: room + `<button formaction="/go?amount=990">OK</button>`, sent: "room=1402", to: "/go?amount=990"},
		"amount in a list":    {page: room + `<select name=amount style="display:none"><option selected>990</select><button>OK</button>`, sent: "room=1402&amount=990"},
		"amount in a box":     {page: room + `<input type=checkbox name=amount value=990 checked><button>OK</button>`, sent: "room=1402&amount=990"},
		"amount of a script":  {page: room + `<script>var order = {"amount": "990"}</script><button>OK</button>`, sent: "room=1402&amount=990", call: urlencoded},
		"amount in JSON":      {page: room + `<script>var order = {"amount": "990"}</script><button>OK</button>`, sent: `{"room":"1402","amount":"990"}`, call: "application/json"},
		"amount deep in JSON": {page: room + `<button>OK</button>`, sent: `{"a":[{"room":"1402","amount":990}]}`, call: "application/json"},
		"buying in JSON":      {page: room + `<script>var plan = "purchase"</script><button>OK</button>`, sent: `{"room":"1402","plan":"purchase"}`, call: "application/json"},
		"order in JSON":       {page: room + `<button>OK</button>`, sent: `{"room":"1402","order":{"days":1}}`, call: "application/json"},
		"JSON in a field":     {page: room + `<button>OK</button>`, sent: "data=" + url.QueryEscape(`{"room":"1402","amount":990}`), call: urlencoded},
		"amount in XML":       {page: room + `<button>OK</button>`, sent: `<login><room>1402</room><amount>990</amount></login>`, call: "text/xml"},
		"a hidden word":       {page: room + `<input type=hidden name=plan value=purchase><button>OK</button>`, sent: "room=1402&plan=purchase"},
		"a hidden name":       {page: room + `<input type=hidden name=buy value=1402><button>OK</button>`, sent: "room=1402&buy=1402"},
		"a free call":         {page: room + `<script>var order = {"plan": "basic", "amount": "0.00"}</script><button>OK</button>`, sent: `{"room":"1402","plan":"basic","amount":"0.00"}`, call: "application/json", isFree: true},
		"no price":            {page: room + `<button>Connect</button>`, sent: "room=1402", isFree: true},
		"a free choice":       {page: room + `<label><input type=radio name=plan value=a> Basic, free</label><label><input type=radio name=plan value=b> Fast, 5 €</label><button>OK</button>`, sent: "room=1402&plan=a", isFree: true},
		"a free option":       {page: room + `<select name=plan><option value=a>Basic<option value=b>Fast, 5 €</select><button>OK</button>`, sent: "room=1402&plan=a", isFree: true},
		"a free button":       {page: room + `<button name=plan value=a>Free, 30 minutes</button><button name=plan value=b>Fast for 5 €</button>`, sent: "room=1402&plan=a", isFree: true},
		"a paid button":       {page: room + `<button name=plan value=a>Free, 30 minutes</button><button name=plan value=b>Fast for 5 €</button>`, sent: "room=1402&plan=b"},
		"another form":        {page: room + `<button name=plan value=a>Free</button></form><div><p>Fast: 5 €</p><form action=/pay><button>Buy</button></form></div>`, sent: "room=1402&plan=a", isFree: true},
		"an offer after it":   {page: room + `<button>Connect</button>`, sent: "room=1402", result: `<p>You are online.</p><form action=/more><p>Fast: 5 €</p><button>Upgrade</button></form>`, isFree: true},
		"free of charge":      {page: `<p>Wi-Fi is free of charge. No payment is required.</p>` + room + `<button>Connect</button>`, sent: "room=1402", result: "<p>You are online.", isFree: true},
		"zero":                {page: `<p>Price: 0,00 €</p>` + room + `<input type=hidden name=amount value=0.00><button>Connect</button>`, sent: "room=1402&amount=0.00", isFree: true},
	} {
		t.Run(name, func(t *testing.T) {
			if test.result == "" {
				test.result = "Welcome"
			}
			known := &record.Typed{Controls: []record.Control{typedInto("room", "text", "1402")}}
			for _, plan := range []string{"a", "b"} {
				known.Controls = append(known.Controls, typedInto("plan", "radio", plan))
			}
			if test.sent == "buy=charge" {
				known.Controls = nil
			}
			sent := posted("http://portal.test"+cmp.Or(test.to, "/go"), test.sent, test.result)
			if test.call != "" {
				sent.Type, sent.Posted.MimeType = "xhr", test.call
			}
			c := live(t, known, "http://portal.test/", opened("http://portal.test/", "<form method=post action=/go>"+test.page+"</form>"), sent)
			want := remember.Reason(record.ObstaclePayment)
			if test.isFree {
				want = ""
			}
			if reason, offer := keptOrRefused(t, c); reason != want {
				t.Errorf("it ends as %q, want %q, %+v", reason, want, offer)
			}
		})
	}
}
