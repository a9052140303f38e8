// Command helper logs in to captive portals, keeps the sessions alive, and explains what
// it does.
package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"hotspot-helper/internal/link"
)

// version is set by the linker.
var version = "dev"

// env is the environment of the command.
type env struct {
	program     string // path of this program; empty: it is not known
	args        []string
	stdin       io.Reader
	stdout      io.Writer
	stderr      io.Writer
	getenv      func(string) string
	screen      io.Writer // standard output itself, for what makes every text safe by itself; set by run
	terminal    bool      // stdout is one
	errTerminal bool      // stderr is one
	// errStream is the device and inode of stderr, as JOURNAL_STREAM has those of the journal; empty: not known.
	errStream string

	// readPassword reads a line from the terminal without echo; nil: standard input is no terminal.
	readPassword func() ([]byte, error)

	// systemData is the directory of packs that are installed for all users.
	systemData string

	// configured reads the connectivity check that this machine is configured with; nil: none.
	configured func(ctx context.Context) (link.Connectivity, error)

	// economise makes the garbage collector run early if the Go runtime has more than a number
	// of bytes; nil: it need not.
	economise func(limit int64)

	// release gives memory back that a process does not need while it waits; nil: none does.
	release func() error
}

// probeMemory is the memory limit of a probe's Go runtime in bytes. A probe needs less, but a
// check over HTTPS parses all certificates that the machine trusts, and leaves as much garbage.
const probeMemory = 8 << 20

// runMemory is the memory limit of an agent's Go runtime in bytes. It needs a fifth of that, but
// a message on the bus may have 32 MiB, which the library copies a few times.
const runMemory = 96 << 20

// colour reports whether standard output may have colours.
func (e env) colour() bool { return e.terminal && e.getenv("NO_COLOR") == "" }

// errColour reports whether the log may have colours.
func (e env) errColour() bool { return e.errTerminal && e.getenv("NO_COLOR") == "" }

// run is the whole program: it returns the exit code.
func run(e env) int {
	e.screen = e.stdout
	e.stdout = &safeWriter{to: e.stdout, colour: e.colour()}
	a := &app{env: e}
	return a.report(newRoot(a).ExecuteContext(context.Background()))
}

// app is the command line: its environment, and the flags that commands share.
type app struct {
	env
	configFile string
	system     bool
	asJSON     bool
	showSteps  bool   // while waiting for an agent
	trial      *tried // the pack that 'helper pack run' tries; nil: none
}

func newRoot(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:   "helper",
		Short: "Log in to captive portals and keep the sessions alive",
		Long: `helper watches for Wi-Fi networks, recognises hotspots, logs in to their captive
portals, and keeps the sessions alive.

Exit codes of every command: 0 done, 1 error, 2 wrong usage. The help of a command
lists its other codes.`,
		Version:       version,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE:          showHelp,
	}
	root.SetArgs(a.args)
	root.SetIn(a.stdin)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	root.PersistentFlags().StringVar(&a.configFile, "config", "", "configuration `FILE` (default: the user's, else /etc/hotspot-helper/helper.toml)")
	root.PersistentFlags().BoolVar(&a.system, "system", false, "use the system bus instead of the session bus")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return usage(cmd, err) })
	root.AddCommand(
		a.runCommand(), a.probeCommand(), a.claimCommand(), a.loginCommand(), a.openCommand(), a.logoffCommand(),
		a.statusCommand(), a.networksCommand(), a.packCommand(), a.reportCommand(), a.secretCommand(), a.consentCommand(), a.rememberedCommand(), a.demoCommand(), a.onDemandCommand(), a.doctorCommand(), a.setupCommand(),
	)
	adopt(root)
	checkArgs(root)
	return root
}

// adopt makes the commands that cobra adds behave like the others.
func adopt(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, cmd := range root.Commands() {
		switch cmd.Name() {
		case "help":
			cmd.Args = knownTopic
		case "completion":
			cmd.RunE = showHelp
		default:
			continue
		}
		for _, own := range append(cmd.Commands(), cmd) {
			own.Long = strings.TrimSpace(own.Long) + "\n\nExit codes: 0 shown, 1 error, 2 wrong usage."
		}
	}
}

// knownTopic refuses help for a command that does not exist.
func knownTopic(cmd *cobra.Command, args []string) error {
	if _, rest, err := cmd.Root().Find(args); err != nil || len(rest) > 0 {
		return fmt.Errorf("find help: there is no command %q", strings.Join(args, " "))
	}
	return nil
}

// group is a command that only has other commands below it.
func group(use, short, long string, commands ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{Use: use, Short: short, Long: long + "\n\nExit codes: 0 done, 1 error, 2 wrong usage.", Args: cobra.NoArgs, RunE: showHelp}
	cmd.AddCommand(commands...)
	return cmd
}

func showHelp(cmd *cobra.Command, _ []string) error { return cmd.Help() }

// usage makes an error of wrong usage, which has its own exit code.
func usage(cmd *cobra.Command, err error) error {
	return &failure{code: exitUsage, err: err, hint: fmt.Sprintf("see '%s --help'", cmd.CommandPath())}
}

// checkArgs makes wrong arguments of a command, and of those below it, wrong usage.
func checkArgs(cmd *cobra.Command) {
	if check := cmd.Args; check != nil {
		cmd.Args = func(cmd *cobra.Command, args []string) error {
			if err := check(cmd, args); err != nil {
				return usage(cmd, err)
			}
			return nil
		}
	}
	for _, sub := range cmd.Commands() {
		checkArgs(sub)
	}
}

// jsonFlag adds --json to a command.
func (a *app) jsonFlag(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&a.asJSON, "json", false, "print JSON (see docs/json.md)")
}
