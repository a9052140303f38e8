package probe

import (
	"encoding/json"
	"testing"
)

// FuzzEvidence checks that evidence from a file, which 'helper claim' reads, is written as it was read.
func FuzzEvidence(f *testing.F) {
	f.Add([]byte(`{"verdict":"portal","reason":"x","hops":[{"url":"http://a.test/","status":302,"header":{"Location":["http://b.test/"]},"body":"<p>"}],"portal_url":"http://b.test/"}`))
	f.Add([]byte(`{"verdict":"full"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var evidence, again Evidence
		if json.Unmarshal(data, &evidence) != nil {
			return
		}
		written, err := json.Marshal(evidence)
		if err != nil {
			return // such as a verdict without a name
		}
		if err := json.Unmarshal(written, &again); err != nil {
			t.Fatalf("%s becomes %s: %v", data, written, err)
		}
		if twice, err := json.Marshal(again); err != nil || string(twice) != string(written) {
			t.Errorf("%s becomes %s: %v", written, twice, err)
		}
	})
}
