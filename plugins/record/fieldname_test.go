package record

import (
	"strings"
	"testing"
)

func TestFieldName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"user": true, "Größe": true, "имя": true, "@odata.type": true, "$ref": true, "*": true, "a[0]:b": true, "_x-1": true,
		"": false, "1st": false, "[a]": false, "a@b": false, "a b": false, "a\xff": false, "a,": false,
		strings.Repeat("ü", 64): true, strings.Repeat("ü", 65): false,
	} {
		if got := isFieldName(name); got != want {
			t.Errorf("%q: %v", name, got)
		}
	}
}
