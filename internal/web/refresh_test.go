package web

import (
	"testing"
	"time"
)

func TestParseRefresh(t *testing.T) {
	type refresh struct {
		target string
		after  time.Duration
		ok     bool
	}
	for value, want := range map[string]refresh{
		"0;url=a":                  {"a", 0, true},
		" 0 ; URL = \"a b\" x":     {"a b", 0, true},
		"0, a":                     {"a", 0, true},
		"0 a":                      {"a", 0, true},
		"1.5;url='a":               {"a", time.Second, true},
		".5;url=/x":                {"/x", 0, true},
		"10;url=a":                 {"a", 10 * time.Second, true},
		"11;url=a":                 {"a", 11 * time.Second, true},
		"999999999999999;url=a":    {"a", 24 * time.Hour, true},
		"99999999999999999999;url": {"url", 24 * time.Hour, true},
		"0;":                       {"", 0, true},
		"0;url=":                   {"", 0, true},
		"5":                        {"", 5 * time.Second, true},
		"0;urlx":                   {"urlx", 0, true},
		"url=a":                    {},
		"0x;url=a":                 {},
		"-1;url=a":                 {},
		"":                         {},
	} {
		var got refresh
		if got.target, got.after, got.ok = ParseRefresh(value); got != want {
			t.Errorf("ParseRefresh(%q) = %+v, want %+v", value, got, want)
		}
	}
}
