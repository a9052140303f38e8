package devtools

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// messages is a pipe whose other end has said all at once, and reads nothing.
type messages struct{ io.Reader }

func (messages) Write(p []byte) (int, error) { return len(p), nil }
func (messages) Close() error                { return nil }

// FuzzMessages: nothing that a browser says causes a panic, or a draft that cannot be loaded.
func FuzzMessages(f *testing.F) {
	f.Add([]byte(`{"method":"Target.attachedToTarget","params":{"sessionId":"S","targetInfo":{"type":"page"}}}` + "\x00" +
		event("Network.requestWillBeSent", `{"requestId":"1","type":"Document","request":{"url":"http://a.test/","method":"GET","headers":{":a":"b"}}}`) + "\x00" +
		event("Network.requestWillBeSent", `{"requestId":"1","type":"Document","request":{"url":"http://b.test/","method":"GET"},"redirectHasExtraInfo":true,"redirectResponse":{"status":302,"headers":{"Location":"http://b.test/"}}}`) + "\x00" +
		event("Network.responseReceivedExtraInfo", `{"requestId":"1","headers":{"Set-Cookie":"a=1\nb=2"}}`) + "\x00" +
		event("Network.responseReceived", `{"requestId":"1","type":"Document","response":{"status":200,"mimeType":"text/html"},"hasExtraInfo":true}`) + "\x00" +
		event("Network.loadingFinished", `{"requestId":"1"}`) + "\x00" +
		`{"id":10,"result":{"body":"<form method=post action=/go><input name=card>","base64Encoded":false}}` + "\x00" +
		typedEvent(1, "card", "text", "4711") + "\x00" +
		event("Network.requestWillBeSent", `{"requestId":"2","type":"Document","request":{"url":"http://b.test/go","method":"POST","hasPostData":true,"postDataEntries":[{"bytes":"Y2FyZD00NzEx"}]}}`) + "\x00" +
		event("Network.responseReceived", `{"requestId":"2","type":"Document","response":{"status":200,"mimeType":"text/html"}}`) + "\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := New(messages{bytes.NewReader(data)}, "", nil)
		if err := r.Run(t.Context()); err != nil {
			t.Error(err)
		}
		c, err := r.Capture()
		if err != nil {
			return
		}
		dir := filepath.Join(t.TempDir(), "draft")
		if _, err := c.DraftPack(t.Context(), dir); err != nil {
			if _, err := os.Stat(dir); err == nil {
				t.Error("a draft that failed is kept")
			}
		}
	})
}
