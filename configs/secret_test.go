package configs

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// write makes a file of exactly this mode, regardless of the umask.
func write(t *testing.T, content string, mode os.FileMode) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "pin")
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(file, mode); err != nil {
		t.Fatal(err)
	}
	return file
}

// literal is an input with a value in the configuration.
func literal(value string) Input { return Input{value: func() string { return value }} }

func TestReadSecret(t *testing.T) {
	tests := map[string]struct {
		content string
		mode    os.FileMode
		want    string
	}{
		"plain":              {"73310", 0o600, "73310"},
		"read-only":          {"73310", 0o400, "73310"},
		"one newline":        {"73310\n", 0o600, "73310"},
		"two newlines":       {"73310\n\n", 0o600, "73310\n"},
		"spaces are kept":    {" 7 \n", 0o600, " 7 "},
		"as long as allowed": {strings.Repeat("x", maxSecret), 0o600, strings.Repeat("x", maxSecret)},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := Input{file: write(t, test.content, test.mode)}.Read()
			if err != nil || got != test.want {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}

func TestReadSecretRefuses(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "pin")
	pipe := filepath.Join(t.TempDir(), "pin")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	group, others, execute := write(t, "73310", 0o640), write(t, "73310", 0o604), write(t, "73310", 0o611)
	tests := map[string]struct{ path, text string }{
		"missing":         {missing, "no such file or directory"},
		"group may read":  {group, "mode is 0640, so others than its owner may touch it"},
		"others may read": {others, "mode is 0604, so others than its owner may touch it"},
		"odd mode":        {execute, "mode is 0611, so others than its owner may touch it"},
		"empty":           {write(t, "", 0o600), "empty"},
		"newline alone":   {write(t, "\n", 0o600), "empty"},
		"too long":        {write(t, strings.Repeat("73310", 820), 0o600), "more than 4096 bytes"},
		"pipe":            {pipe, "not a regular file"},
		"directory":       {t.TempDir(), "not a regular file"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := readSecret(test.path)
			if err == nil || got != "" {
				t.Fatalf("got %q, %v", got, err)
			}
			if want := "read secret " + test.path + ": " + test.text; err.Error() != want {
				t.Errorf("got %q, want %q", err, want)
			}
			if strings.Contains(err.Error(), "73310") {
				t.Error("the error contains the secret")
			}
		})
	}
	if _, err := readSecret(missing); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v is not os.ErrNotExist", err)
	}
}

func TestReadSecretOfAnother(t *testing.T) {
	file := write(t, "73310", 0o600)
	if err := os.Chown(file, 12345, -1); err != nil {
		t.Skipf("cannot give a file away: %v", err)
	}
	if os.Geteuid() != 0 {
		t.Skip("needs root, which may read what belongs to another")
	}
	_, err := readSecret(file)
	if err == nil || !strings.Contains(err.Error(), "owner is neither the user nor root") {
		t.Error(err)
	}
}

func TestCredential(t *testing.T) {
	file := write(t, "73310\n", 0o440)
	credential := Input{file: "pin", credential: true, directory: filepath.Dir(file)}
	if got, err := credential.Read(); got != "73310" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	credential.directory = ""
	_, err := credential.Read()
	if err == nil || err.Error() != "read secret credential:pin: $CREDENTIALS_DIRECTORY is not set" {
		t.Error(err)
	}
}

func TestInputIsReadEachTime(t *testing.T) {
	file := write(t, "old", 0o600)
	input := Input{file: file}
	if got, _ := input.Read(); got != "old" {
		t.Errorf("got %q", got)
	}
	if err := os.WriteFile(file, []byte("new"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, _ := input.Read(); got != "new" {
		t.Errorf("got %q", got)
	}
}

func TestInputIsNotPrinted(t *testing.T) {
	config := Config{Helpers: map[string]Helper{"a": {Inputs: map[string]Input{"pin": literal("73310")}}}}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
		for _, value := range []any{config, &config, config.Helpers["a"].Inputs["pin"], config.Helpers} {
			if text := fmt.Sprintf(verb, value); strings.Contains(text, "73310") || strings.Contains(text, "3733333130") {
				t.Errorf("%s prints %s", verb, text)
			}
		}
	}
}

func TestOrigin(t *testing.T) {
	for _, test := range []struct {
		give        Input
		place, path string
	}{
		{literal("swordfish"), OriginConfiguration, ""},
		{Input{file: "/x/pin"}, OriginFile, "/x/pin"},
		{Input{file: "pin", credential: true}, OriginCredential, "pin"},
	} {
		if place, path := test.give.Origin(); place != test.place || path != test.path {
			t.Errorf("%v: %s %q, want %s %q", test.give, place, path, test.place, test.path)
		}
	}
}
