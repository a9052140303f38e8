// Package manpage writes manual pages: those of commands from their help, others from Markdown.
package manpage

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Release is what the head and foot of each page say.
type Release struct {
	Date    string // of the release, as 2026-11-30
	Version string
}

// Name is the name of the page of a command.
func Name(cmd *cobra.Command) string { return strings.ReplaceAll(cmd.CommandPath(), " ", "-") }

// command writes the page of one command.
func command(cmd *cobra.Command, r Release) []byte {
	cmd.InitDefaultHelpFlag()
	cmd.InitDefaultVersionFlag()
	var out bytes.Buffer
	fmt.Fprintf(&out, ".TH %s 1 %s %s %s\n", quote(escape(strings.ToUpper(Name(cmd)))), quote(r.Date), quote("helper "+escape(r.Version)), quote("User Commands"))
	fmt.Fprintf(&out, ".SH NAME\n%s \\- %s\n", escape(Name(cmd)), escape(cmd.Short))
	fmt.Fprintf(&out, ".SH SYNOPSIS\n")
	fmt.Fprintf(&out, "\\fB%s\\fR%s\n", escape(cmd.CommandPath()), escape(arguments(cmd)))
	description, status := splitStatus(cmd.Long)
	out.WriteString(".SH DESCRIPTION\n")
	prose(&out, description)
	if subs := cmd.Commands(); len(subs) > 0 {
		out.WriteString(".SH COMMANDS\n")
		for _, sub := range subs {
			fmt.Fprintf(&out, ".TP\n\\fB%s\\fR(1)\n%s\n", escape(Name(sub)), escape(sub.Short))
		}
	}
	options(&out, "OPTIONS", cmd.LocalFlags())
	options(&out, "GLOBAL OPTIONS", cmd.InheritedFlags())
	if status != "" {
		out.WriteString(".SH EXIT STATUS\n")
		prose(&out, status)
	}
	seeAlso(&out, cmd)
	return out.Bytes()
}

// arguments is what follows the names in the usage of a command.
func arguments(cmd *cobra.Command) string {
	if cmd.HasSubCommands() {
		return " command [arguments]"
	}
	return strings.TrimPrefix(cmd.UseLine(), cmd.CommandPath())
}

// splitStatus cuts the paragraph with the exit codes out of a help text.
func splitStatus(long string) (description, status string) {
	var rest []string
	for _, paragraph := range strings.Split(long, "\n\n") {
		if status == "" && strings.HasPrefix(paragraph, "Exit codes") {
			status = paragraph
			continue
		}
		rest = append(rest, paragraph)
	}
	return strings.Join(rest, "\n\n"), status
}

// prose writes paragraphs. Lines that are indented keep their form.
func prose(out *bytes.Buffer, text string) {
	for i, paragraph := range strings.Split(strings.Trim(text, "\n"), "\n\n") {
		if i > 0 {
			out.WriteString(".PP\n")
		}
		literal := false
		for line := range strings.SplitSeq(paragraph, "\n") {
			if indented := strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t"); indented != literal {
				literal = indented
				out.WriteString(map[bool]string{true: ".RS\n.nf\n", false: ".fi\n.RE\n"}[literal])
			}
			fmt.Fprintln(out, escape(strings.TrimSpace(line)))
		}
		if literal {
			out.WriteString(".fi\n.RE\n")
		}
	}
}

// options writes a section with flags, if there are any.
func options(out *bytes.Buffer, title string, flags *pflag.FlagSet) {
	if !flags.HasAvailableFlags() {
		return
	}
	fmt.Fprintf(out, ".SH %s\n", title)
	flags.VisitAll(func(flag *pflag.Flag) {
		if flag.Hidden {
			return
		}
		value, usage := pflag.UnquoteUsage(flag)
		out.WriteString(".TP\n")
		if flag.Shorthand != "" {
			fmt.Fprintf(out, "\\fB%s\\fR, ", escape("-"+flag.Shorthand))
		}
		fmt.Fprintf(out, "\\fB%s\\fR", escape("--"+flag.Name))
		if value != "" {
			fmt.Fprintf(out, " \\fI%s\\fR", escape(value))
		}
		if zero := flag.DefValue == "" || flag.DefValue == "false" || flag.DefValue == "0" || flag.DefValue == "[]" || flag.DefValue == "0s"; !zero {
			usage += " (default " + flag.DefValue + ")"
		}
		fmt.Fprintf(out, "\n%s\n", escape(usage))
	})
}

// seeAlso names the pages of the command above, of those beside it, and of the files.
func seeAlso(out *bytes.Buffer, cmd *cobra.Command) {
	pages := []string{}
	if parent := cmd.Parent(); parent != nil {
		pages = append(pages, reference(Name(parent), 1))
		for _, sibling := range parent.Commands() {
			if sibling != cmd {
				pages = append(pages, reference(Name(sibling), 1))
			}
		}
	}
	pages = append(pages, reference("helper.toml", 5), reference("hotspot-helper-pack", 5))
	fmt.Fprintf(out, ".SH SEE ALSO\n%s\n", strings.Join(pages, ",\n"))
}

func reference(name string, section int) string {
	return fmt.Sprintf("\\fB%s\\fR(%d)", escape(name), section)
}

// escape writes text so that roff prints it as it is (groff_char(7)).
func escape(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, "`", `\(ga`, "^", `\(ha`, "~", `\(ti`, "\t", "    ").Replace(text)
	if strings.HasPrefix(text, ".") {
		return `\&` + text
	}
	return strings.ReplaceAll(text, "\n.", "\n\\&.")
}

// quote writes an argument of a macro.
func quote(text string) string { return `"` + strings.ReplaceAll(text, `"`, `\(dq`) + `"` }
