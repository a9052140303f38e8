package main

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// invoke runs the command in this process, without environment.
func invoke(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(env{
		args: args, stdin: strings.NewReader(""), stdout: &out, stderr: &errs,
		getenv: func(string) string { return "" },
	})
	return code, out.String(), errs.String()
}

// TestHelp checks that the help of every command has a description and exit codes.
func TestHelp(t *testing.T) {
	root := newRoot(&app{env: env{stdout: io.Discard, stderr: io.Discard}})
	var walk func(*cobra.Command)
	walk = func(cmd *cobra.Command) {
		t.Run(cmd.CommandPath(), func(t *testing.T) {
			args := append(strings.Fields(cmd.CommandPath())[1:], "--help")
			code, stdout, stderr := invoke(t, args...)
			if code != exitOK || stderr != "" {
				t.Errorf("exit %d, %q", code, stderr)
			}
			for _, want := range []string{"Exit codes", "Usage:", cmd.CommandPath()} {
				if !strings.Contains(stdout, want) {
					t.Errorf("no %q in its help", want)
				}
			}
			if strings.Contains(stdout, " string ") || strings.Contains(stdout, " uint ") {
				t.Error("a flag does not name its value")
			}
			if cmd.Short == "" || strings.HasSuffix(cmd.Short, ".") || len(cmd.Short) > 76 {
				t.Errorf("short help is %q", cmd.Short)
			}
		})
		for _, sub := range cmd.Commands() {
			walk(sub)
		}
	}
	walk(root)
}
