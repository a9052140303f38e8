package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"hotspot-helper/internal/daemon"
	"hotspot-helper/internal/file"
	"hotspot-helper/plugins/replay"
)

func (a *app) reportCommand() *cobra.Command {
	return group("report", "Show and share reports of failed logins",
		`report shows what the agent recorded of the last failed logins: what the probe saw, the
requests and answers, and the outcome. Your inputs, tokens, hardware addresses and your
own address are replaced. The maker of a pack can replay a report with 'helper pack test
--cases FILE DIR'.`,
		a.reportListCommand(), a.reportShowCommand(), a.reportWriteCommand())
}

func (a *app) reportListCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the reports, the newest first",
		Long: `list shows the stored reports, the newest first.

Exit codes: 0 shown, 1 error, 2 wrong usage.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			listed, err := a.daemonEnv().Reports().List()
			if err != nil {
				return a.stateHint(err)
			}
			shown := []shownReport{}
			var broken []error
			for _, l := range listed {
				report, err := openShown(l)
				broken = append(broken, err)
				if err == nil {
					report.Trace, report.Files = "", nil
					shown = append(shown, report)
				}
			}
			return errors.Join(a.printReports(shown), errors.Join(broken...))
		},
	}
	a.jsonFlag(cmd)
	return cmd
}

// shownReport is what `helper report show --json` prints, and list without trace and files.
type shownReport struct {
	daemon.Report
	replay.Metadata

	Trace string   `json:"trace,omitempty"` // of the replayed login
	Files []string `json:"files,omitempty"` // names of all files in the report
}

func openShown(l daemon.Report) (shownReport, error) {
	files, err := replay.OpenReport(l.Path)
	if err != nil {
		return shownReport{}, err
	}
	shown := shownReport{Report: l}
	if shown.Metadata, err = replay.ReadMetadata(files); err != nil {
		return shownReport{}, fmt.Errorf("open report %s: %w", l.Path, err)
	}
	c, err := replay.Load(files, replay.ReportCase, l.Path)
	if err != nil {
		return shownReport{}, err
	}
	shown.Trace = c.Trace
	err = fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			shown.Files = append(shown.Files, name)
		}
		return err
	})
	return shown, err
}

func (a *app) printReports(shown []shownReport) error {
	return printList(a, shown, "", columns("report", "time", "network", "outcome", "cause…"), func(r shownReport) []any {
		return []any{r.Name, r.Written.Local().Format("2006-01-02 15:04"), r.Network.String(), r.Outcome, r.Cause}
	})
}

func (a *app) reportShowCommand() *cobra.Command {
	var pages bool
	cmd := &cobra.Command{
		Use:   "show [NAME]",
		Short: "Show what is in a report",
		Long: `show prints a report, by default the newest: a summary of the login, and each of its
steps. With --pages it prints everything in the report, so that you can check it before
you share it.

Exit codes: 0 shown, 1 error, 2 wrong usage.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			l, err := a.findReport(args)
			if err != nil {
				return err
			}
			shown, err := openShown(l)
			switch {
			case err != nil:
				return err
			case a.asJSON:
				return a.printJSON(shown)
			case pages:
				return a.printPages(shown)
			}
			a.printReport(shown)
			return nil
		},
	}
	a.jsonFlag(cmd)
	cmd.Flags().BoolVar(&pages, "pages", false, "print every file of the report")
	return cmd
}

func (a *app) findReport(args []string) (daemon.Report, error) {
	name := ""
	if len(args) > 0 {
		name = args[0]
	}
	l, err := a.daemonEnv().Reports().Find(name)
	return l, a.stateHint(err)
}

func (a *app) printReport(r shownReport) {
	line := func(key, value string) {
		if value != "" {
			fmt.Fprintf(a.stdout, "%-9s%s\n", key, printable(value))
		}
	}
	line("report", r.Path)
	line("time", r.Metadata.Time.Local().Format("2006-01-02 15:04:05"))
	line("helper", fmt.Sprintf("%s %s %s", r.Helper, r.Version, r.Origin))
	line("program", r.Program)
	line("network", r.Network.String())
	line("verdict", r.Evidence.Verdict.String()+": "+r.Evidence.Reason)
	line("outcome", r.Outcome+": "+r.Cause)
	line("replay", r.Difference)
	fmt.Fprintln(a.stdout)
	fmt.Fprint(a.stdout, printableLines(r.Trace))
}

// printPages prints every file, with a line before each.
func (a *app) printPages(r shownReport) error {
	files, err := replay.OpenReport(r.Path)
	if err != nil {
		return err
	}
	for _, name := range r.Files {
		data, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		fmt.Fprintf(a.stdout, "-- %s --\n%s\n", printable(name), printableLines(string(data)))
	}
	return nil
}

func (a *app) reportWriteCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "write FILE [NAME]",
		Short: "Write a report to a file, to share it",
		Long: `write copies a report, by default the newest, to a new file. It is a zip archive of text
files; check it first with 'helper report show --pages'.

Exit codes: 0 written, 1 error, 2 wrong usage.`,
		Args: cobra.RangeArgs(1, 2),
		RunE: func(_ *cobra.Command, args []string) error {
			l, err := a.findReport(args[1:])
			if err != nil {
				return err
			}
			return a.writeReport(l, args[0])
		},
	}
}

func (a *app) writeReport(l daemon.Report, to string) error {
	data, err := file.Read(l.Path, replay.MaxReport)
	if err != nil {
		return fmt.Errorf("read report: %w", err)
	}
	file, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	_, err = file.Write(data)
	if err := errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	fmt.Fprintf(a.stdout, "%s is written: replay it with 'helper pack test --cases %[1]s DIR'\n", printable(to))
	return nil
}
