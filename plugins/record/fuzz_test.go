package record

import (
	"bytes"
	"testing"
	"testing/fstest"

	"hotspot-helper/plugins/pack"
)

// FuzzRead: no capture causes a panic or an invalid pack.
func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"log":{"entries":[
		{"request":{"method":"GET","url":"http://a.test/","headers":[{"name":"Accept","value":"text/html"}]},
		 "response":{"status":302,"redirectURL":"http://b.test/?sip=192.0.2.1","content":{}}},
		{"_resourceType":"document","request":{"method":"GET","url":"http://b.test/?sip=192.0.2.1"},
		 "response":{"status":200,"content":{"text":"<form><input name='{{x}}' value=\"a1b2c3d4'\"><a href='/x'>"}}},
		{"_resourceType":"xhr","request":{"method":"POST","url":"http://b.test/a1b2c3d4'/","postData":{"mimeType":"application/json","text":"{\"a.b\":[null,true,1,\"{{a1b2c3d4'\"]}"}},
		 "response":{"status":200,"content":{"text":"{\"x\":{\"y\":\"q9w8e7r6\"}}","mimeType":"application/json"}}},
		{"_resourceType":"document","request":{"method":"POST","url":"http://192.0.2.1/?q9w8e7r6","postData":{"mimeType":"application/x-www-form-urlencoded","text":"{{x}}=%41%&y=0123456789abcdef0123456789abcdef"}},
		 "response":{"status":200,"content":{"text":"eA==","encoding":"base64"}}}]}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := Read(bytes.NewReader(data))
		if err != nil {
			return
		}
		s, err := findSession(newWork(t.Context()), c)
		if err != nil {
			return
		}
		p := newDraft(s, "fuzz")
		files := fstest.MapFS{
			"fuzz/pack.toml":         {Data: []byte(p.packTOML())},
			"fuzz/authenticate.toml": {Data: []byte(p.flowTOML())},
		}
		if _, err := pack.Load(files, "fuzz", "."); err != nil {
			t.Errorf("%v\n%s\n%s", err, p.packTOML(), p.flowTOML())
		}
	})
}
