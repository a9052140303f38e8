package claims

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSpecInWords(t *testing.T) {
	t.Parallel()
	yes, no := true, false
	for _, test := range []struct {
		spec  Spec
		want  string
		kinds []string
	}{
		{
			Spec{Confidence: "low", SSID: []string{"Cafe", "Cafe *"}, BSSID: []string{"02:00:5e"}, Security: []string{"open", "owe"}},
			`low where the network is named "Cafe" or "Cafe *", and the access point's address begins with 02:00:5e, and its security is open or owe`,
			[]string{KindName},
		},
		{
			Spec{Confidence: "high", PortalHost: []string{"a.test"}, PortalPath: []string{"/x", "/y"}, PortalQuery: []string{"a", "b"}, Status: []int{200, 511}, Header: map[string]string{"Server": "x*"}, Body: []string{"Hi"}, CSS: []string{"form"}, Gateway: []string{"10.0.0.0/8"}},
			`high where the page's host is a.test, and its path is /x or /y, and its query has a and b, and its status is 200 or 511, and its header Server is x*, and it says "Hi", and it has form, and the gateway is in 10.0.0.0/8`,
			[]string{KindPortal},
		},
		{Spec{Confidence: "medium", WISPr: &yes}, "medium where a WISPr message was received", []string{KindPortal}},
		{Spec{Confidence: "medium", WISPr: &no}, "medium where no WISPr message was received", []string{KindPortal}},
		{Spec{Confidence: "low", SSIDFile: "ssids.txt"}, "low where the network is named one of ssids.txt", []string{KindName}},
	} {
		if diff := cmp.Diff(test.want, test.spec.String()); diff != "" {
			t.Error(diff)
		}
		rules, err := Compile([]Spec{test.spec}, func(string) ([]byte, error) { return []byte("Cafe\n"), nil })
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(test.kinds, rules.Kinds()); diff != "" {
			t.Error(diff)
		}
	}
}
