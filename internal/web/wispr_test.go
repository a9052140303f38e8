package web

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// chilliRedirect is what CoovaChilli 1.9 sends with its redirect, as far as it matters.
const chilliRedirect = `<HTML><BODY><H2>Browser error!</H2>Browser does not support redirects!</BODY>
<!--
<?xml version="1.0" encoding="UTF-8"?>
<WISPAccessGatewayParam xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:noNamespaceSchemaLocation="http://portal.example/wispr_2_0.xsd">
<Redirect>
<MessageType>100</MessageType><ResponseCode>0</ResponseCode>
<AccessLocation>CDATA[[isocc=de,cc=49,ac=30,network=lab]]</AccessLocation>
<LocationName>CDATA[[LabOperator,Bench]]</LocationName>
<LoginURL>http://10.99.2.2:8080/portal?res=wispr&amp;uamip=10.99.5.1&uamport=3990&copy=1</LoginURL>
</Redirect>
</WISPAccessGatewayParam>
-->
</HTML>`

// A page of nothing but beginnings takes no longer than its length: each of these took
// seconds of the processor, which no deadline ends, for every megabyte.
func TestScanTakesNoTime(t *testing.T) {
	const size, most = 1 << 18, 2 * time.Second
	for _, unit := range []string{"<", "<a", "</a", "<!--", "<a><!--", "<![CDATA[", "&", "&#", "<a>", "</a>", "<WISPAccessGatewayParam>-->"} {
		for _, end := range []string{"", " >", "-->"} {
			body := "<WISPAccessGatewayParam><Redirect>" + strings.Repeat(unit, size/len(unit)) + end
			began := time.Now()
			FindWISPr(body[len("<WISPAccessGatewayParam><Redirect>"):])
			FindWISPr(body)
			ElementTexts(body, "Redirect")
			if took := time.Since(began); took > most {
				t.Errorf("%s … %s: took %v", unit, end, took)
			}
		}
	}
}

// first returns the first message that has elements.
func first(body string) WISPr {
	for _, message := range FindWISPr(body) {
		if len(message.Elements) > 0 {
			return message
		}
	}
	return WISPr{}
}

func TestFindWISPr(t *testing.T) {
	for _, test := range []struct {
		name, body, element string
		want                []string // nil with none: no such element
		none                bool     // no message
	}{
		{"chilli's type", chilliRedirect, "MessageType", []string{"100"}, false},
		{"raw and written ampersands", chilliRedirect, "LoginURL", []string{"http://10.99.2.2:8080/portal?res=wispr&uamip=10.99.5.1&uamport=3990&copy=1"}, false},
		{"chilli's CDATA", chilliRedirect, "LocationName", []string{"LabOperator,Bench"}, false},
		{"not there", chilliRedirect, "LogoffURL", nil, false},
		{"around others", chilliRedirect, "WISPAccessGatewayParam", nil, false},
		{"capitals", `<wispaccessgatewayparam><REDIRECT><loginurl>x</LoginURL>`, "LoginUrl", []string{"x"}, false},
		{"real CDATA", `<WISPAccessGatewayParam><LoginURL> <![CDATA[http://a/?b=1&amp;c=<2>]]> </LoginURL>`, "LoginURL", []string{"http://a/?b=1&amp;c=<2>"}, false},
		{"CDATA without an end", `<WISPAccessGatewayParam><LoginURL><![CDATA[http://a/`, "LoginURL", []string{"http://a/"}, false},
		{"repeated", `<WISPAccessGatewayParam><ReplyMessage>one</ReplyMessage><ReplyMessage>two</ReplyMessage>`, "ReplyMessage", []string{"one", "two"}, false},
		{"empty", `<WISPAccessGatewayParam><ReplyMessage/><Delay></Delay>`, "ReplyMessage", []string{""}, false},
		{"prefix", `<WISPAccessGatewayParam><w:Delay>3</w:Delay>`, "Delay", []string{"3"}, false},
		{"attributes", `<WISPAccessGatewayParam a="b"><Delay unit="s" >3</Delay >`, "Delay", []string{"3"}, false},
		{"no end tags", `<WISPAccessGatewayParam><R><ResponseCode>50<ReplyMessage>Hi</ReplyMessage></R></WISPAccessGatewayParam>`, "ResponseCode", []string{"50"}, false},
		{"last without end tag", `<WISPAccessGatewayParam><ResponseCode>50</WISPAccessGatewayParam>99`, "ResponseCode", []string{"50"}, false},
		{"markup in a text", `<WISPAccessGatewayParam><ReplyMessage><b>Wrong</b> <i>PIN</i></ReplyMessage>`, "ReplyMessage", []string{"Wrong PIN"}, false},
		{"stray end tag", `<WISPAccessGatewayParam><ReplyMessage>a</p>b</ReplyMessage>`, "ReplyMessage", []string{"ab"}, false},
		{"comment in a message", `<WISPAccessGatewayParam><R><Delay><!-- 2 -->3</Delay></R></WISPAccessGatewayParam>`, "Delay", []string{"3"}, false},
		{"declaration in the middle", `<WISPAccessGatewayParam><?xml version="1.0"?><Delay>3</Delay>`, "Delay", []string{"3"}, false},
		{"less than", `<WISPAccessGatewayParam><Delay>1 < 2</Delay>`, "Delay", []string{"1 < 2"}, false},
		{"references", `<WISPAccessGatewayParam><Delay>&lt;&#65;&#x42;&quot;&apos;&GT;&#0;&nbsp;&</Delay>`, "Delay", []string{`<AB"'>&#0;&nbsp;&`}, false},
		{"behind the comment", `<!--<WISPAccessGatewayParam><Delay>3</Delay>--><p>x</p>`, "p", nil, false},
		{"after an empty one", `<WISPAccessGatewayParam></WISPAccessGatewayParam><WISPAccessGatewayParam><Delay>3</Delay>`, "Delay", []string{"3"}, false},
		{"prefix of the message", `<w:WISPAccessGatewayParam><w:Delay>3</w:Delay></w:WISPAccessGatewayParam><p>x</p>`, "Delay", []string{"3"}, false},
		{"nothing behind a message with a prefix", `<w:WISPAccessGatewayParam><w:Delay>3</w:Delay></w:WISPAccessGatewayParam><p>x</p>`, "p", nil, false},
		{"longer name", `<WISPAccessGatewayParams><Delay>3</Delay>`, "", nil, true},
		{"cut off", `<WISPAccessGatewayParam`, "", nil, true},
		{"none", `<html></html>`, "", nil, true},
		{"nothing", ``, "", nil, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			message := first(test.body)
			if none := len(message.Elements) == 0; none != test.none {
				t.Fatalf("found %v", message)
			}
			if diff := cmp.Diff(test.want, message.Value(test.element)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestElementTexts(t *testing.T) {
	const sophos = `<?xml version='1.0' ?><requestresponse><status><![CDATA[LIVE]]></status><message><![CDATA[You have successfully logged in]]></message><logoutmessage><![CDATA[off]]></logoutmessage></requestresponse>`
	for _, test := range []struct {
		body, name string
		want       []string
	}{
		{sophos, "message", []string{"You have successfully logged in"}},
		{sophos, "Status", []string{"LIVE"}},
		{sophos, "requestresponse", []string{"LIVEYou have successfully logged inoff"}},
		{sophos, "mess", nil},
		{`<!-- <ack>ack</ack> -->`, "ack", []string{"ack"}},
		{`<html><br><p>x<input><ack>a<b>c</b>k</ack>`, "ack", []string{"ack"}},
		{`<a>1<a>2</a>3</a><a>4`, "a", []string{"123", "2", "4"}},
		{`<ack`, "ack", nil},
		{`<`, "ack", nil},
		{`<>`, "", nil},
	} {
		if diff := cmp.Diff(test.want, ElementTexts(test.body, test.name)); diff != "" {
			t.Errorf("%s in %s: %s", test.name, test.body, diff)
		}
	}
}

// What is kept of a hostile body is bounded, and reading it takes no long time.
func TestBounds(t *testing.T) {
	deep := strings.Repeat("<a>", 1<<18)
	if found := ElementTexts(deep, "a"); len(found) != maxDepth {
		t.Errorf("%d elements within one another", len(found))
	}
	many := ElementTexts(strings.Repeat("<a>x</a>", 1<<17), "a")
	if len(many) != maxElements {
		t.Errorf("%d elements", len(many))
	}
	if len(first(strings.Repeat("<WISPAccessGatewayParam>", 1<<15)).Elements) == 0 {
		t.Error("elements of that name are elements, too")
	}
	long := ElementTexts("<a>"+strings.Repeat("&amp;", 1<<17)+"<b>"+strings.Repeat("y", 1<<17)+"</a>", "a")
	if len(long) != 1 || len(long[0]) != maxText {
		t.Errorf("%d bytes", len(long[0]))
	}
}

// FuzzFindWISPr: no body makes it panic, keep more than it may, or find a message without a root.
func FuzzFindWISPr(f *testing.F) {
	f.Add(chilliRedirect, "LoginURL")
	f.Add("<!--<WISPAccessGatewayParam><a/><![CDATA[x]]>&#x41;</b>CDATA[[x]]<?xml ?><a ", "a")
	f.Fuzz(func(t *testing.T, body, name string) {
		messages := FindWISPr(body)
		if len(messages) > maxWISPr {
			t.Fatalf("%d messages", len(messages))
		}
		texts := ElementTexts(body, name)
		for _, message := range messages {
			if !strings.Contains(body, message.Text) || !strings.Contains(strings.ToLower(message.Text), strings.ToLower(wisprRoot)) {
				t.Errorf("message %q", message.Text)
			}
			if len(message.Elements) > maxElements {
				t.Errorf("%d elements", len(message.Elements))
			}
			texts = append(texts, message.Value(name)...)
		}
		for _, text := range texts {
			if len(text) > maxText || text != strings.TrimSpace(text) {
				t.Errorf("text %q", text)
			}
		}
	})
}
