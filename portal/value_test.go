package portal_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"hotspot-helper/portal"
)

func TestValueZero(t *testing.T) {
	var v portal.Value
	if v.Reveal() != "" || v.IsSecret() || v.String() != "" || fmt.Sprint(v) != "" {
		t.Errorf("zero Value is %q, secret %v, prints %q", v.Reveal(), v.IsSecret(), fmt.Sprint(v))
	}
}

func TestValuePlainPrintsItself(t *testing.T) {
	for format, want := range map[string]string{"%v": "ada", "%s": "ada", "%q": `"ada"`, "%#v": `"ada"`, "%5s": "  ada"} {
		if got := fmt.Sprintf(format, portal.Plain("ada")); got != want {
			t.Errorf("Sprintf(%q) = %q, want %q", format, got, want)
		}
	}
}

// All known ways of printing a secret, alone or inside other values.
func TestValueSecretPrintsNothing(t *testing.T) {
	const secret = "hunter2-zebra"
	v := portal.Secret(secret)
	field := portal.Field{Name: "pin", Value: v}
	hidden := struct{ inner portal.Value }{v}
	var logged bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&logged, nil))
	logger.Info("x", "value", v, "field", field, "fields", []portal.Field{field}, "hidden", hidden)
	slog.New(slog.NewJSONHandler(&logged, nil)).Info("x", "value", v, "field", field, "body", portal.Body{JSON: v})
	prints := []string{logged.String(), v.String()}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%T", "%p", "%08.3f", "%c", "%U"} {
		for _, thing := range []any{
			v, &v, field, &field, hidden, &hidden,
			[]portal.Value{v},
			map[string]portal.Value{"pin": v},
			portal.Submission{Fields: []portal.Field{field}},
			portal.Entry{Value: v},
			portal.Body{Form: []portal.Field{field}, JSON: map[string]any{"pin": v}},
			fmt.Errorf("no: %v", v),
		} {
			prints = append(prints, fmt.Sprintf(verb, thing))
		}
	}
	for _, thing := range []any{v, field, map[string]any{"pin": v}, portal.Body{JSON: []any{v}}} {
		text, err := json.Marshal(thing)
		if err != nil {
			t.Fatal(err)
		}
		prints = append(prints, string(text))
	}
	for _, text := range prints {
		for _, leak := range []string{secret, "zebra", "68756e746572", "68756E746572"} {
			if strings.Contains(text, leak) {
				t.Errorf("%q holds %q", text, leak)
			}
		}
	}
	if v.Reveal() != secret {
		t.Errorf("Reveal() = %q", v.Reveal())
	}
}
