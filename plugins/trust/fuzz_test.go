package trust

import (
	"encoding/json"
	"reflect"
	"testing"
)

// FuzzParseKeys checks that a file of keys that is accepted is written as it was read.
func FuzzParseKeys(f *testing.F) {
	f.Add([]byte(`{"version":1,"keys":[]}`))
	f.Add([]byte(`{"version":1,"keys":[{"pack":"cafe","key":"RWTPyHE+RYHrxWbSGsKyQdvlyRphbQvxQVXRqsp9MhbVJtfDIYYqYUUt","since":"2026-01-02T03:04:05Z","version":"1.0.0"}],"accepted":[{"pack":"cafe"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		content, err := parseKeys(data)
		if err != nil {
			return
		}
		written, err := json.Marshal(content)
		if err != nil {
			t.Fatal(err)
		}
		again, err := parseKeys(written)
		if err != nil || len(again.Keys) != len(content.Keys) || !reflect.DeepEqual(names(again), names(content)) {
			t.Errorf("%s becomes %s: %v", data, written, err)
		}
	})
}

func names(f keysFile) (all []string) {
	for _, known := range f.Keys {
		all = append(all, known.Pack, known.Key, known.Version)
	}
	return all
}

// FuzzParseKey checks that a key that is accepted is written as it was read.
func FuzzParseKey(f *testing.F) {
	f.Add("RWTPyHE+RYHrxWbSGsKyQdvlyRphbQvxQVXRqsp9MhbVJtfDIYYqYUUt")
	f.Add("untrusted comment: minisign public key\nRWTPyHE+RYHrxWbSGsKyQdvlyRphbQvxQVXRqsp9MhbVJtfDIYYqYUUt\n")
	f.Fuzz(func(t *testing.T, text string) {
		key, err := ParseKey(text)
		if err != nil {
			return
		}
		if again, err := ParseKey(key.String()); err != nil || !again.Equal(key) {
			t.Errorf("%q becomes %q: %v", text, key, err)
		}
	})
}
