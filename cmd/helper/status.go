package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"hotspot-helper/agent"
	"hotspot-helper/annotate"
	"hotspot-helper/internal/bus"
	"hotspot-helper/internal/desktop"
	"hotspot-helper/internal/systembus"
)

// shownJournal is how many transitions of each association `helper status` prints.
const shownJournal = 8

func (a *app) statusCommand() *cobra.Command {
	var watch bool
	var format string
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show what the agent does, and why",
		Long: `status shows the network, phase, verdict and helper of each interface, and the last
transitions with their causes. It asks the agent, which the session bus starts if it does
not run and its service is installed.

With --watch it goes on until it is interrupted, and prints one line, or with --json one
object, for each interface at the start and for each change. It starts no agent: it waits
for one, says so once, and goes on when the agent is restarted.

With --format waybar it prints one object for a custom module of waybar, also without an
agent; with --watch one for each change.

Exit codes: 0 shown, 1 error (such as no agent), 2 wrong usage.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			show, err := a.statusFormat(format)
			switch {
			case err != nil:
				return usage(cmd, err)
			case watch:
				return a.watchStatus(cmd.Context(), show)
			case format == formatWaybar:
				return a.printBar(cmd.Context())
			}
			return a.withStartedAgent(cmd.Context(), func(ctx context.Context, c *bus.Client) error {
				status, err := c.Status(ctx)
				if err != nil {
					return err
				}
				return a.printStatus(status)
			})
		},
	}
	a.jsonFlag(cmd)
	cmd.Flags().BoolVarP(&watch, "watch", "w", false, "print each change, until interrupted")
	cmd.Flags().StringVar(&format, "format", formatText, "`FORMAT` of what is printed: text or waybar")
	// The only error is a flag that does not exist.
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions([]string{formatText, formatWaybar}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func (a *app) networksCommand() *cobra.Command {
	var scans, watch bool
	cmd := &cobra.Command{
		Use:   "networks",
		Short: "List the networks in range, with the helper that would log in",
		Long: `networks shows the last scan: each network with a label, the helper that claims it by
its name, and the outcome of the last login. It asks the running agent, which never scans
by itself: it sees the scans of others.

With --scan, NetworkManager scans first, for 30 s at most. It allows that to users with
a desktop session.

With --watch it is a table that goes on until you quit, with the joined networks first, and keys
to log in, open the portal, probe, and log off; ? explains them.

Exit codes: 0 shown, 1 error (such as no agent, or no scan), 2 wrong usage.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if scans {
				if err := desktop.Scan(cmd.Context(), &systembus.Bus{Address: a.getenv("DBUS_SYSTEM_BUS_ADDRESS")}); err != nil {
					return err
				}
			}
			if watch {
				return a.watchNetworks(cmd.Context())
			}
			return a.withAgent(cmd.Context(), func(ctx context.Context, c *bus.Client) error {
				networks, err := c.Networks(ctx)
				if err != nil {
					return err
				}
				return a.printNetworks(networks)
			})
		},
	}
	cmd.Flags().BoolVar(&scans, "scan", false, "make NetworkManager scan first")
	cmd.Flags().BoolVarP(&watch, "watch", "w", false, "show a live table, until you quit")
	a.jsonFlag(cmd)
	return cmd
}

// busTime bounds the wait for an answer of the agent.
const busTime = 10 * time.Second

// withAgent asks the agent on the bus.
func (a *app) withAgent(ctx context.Context, ask func(context.Context, *bus.Client) error) error {
	return a.withAgentOn(ctx, a.daemonEnv().Bus(), ask)
}

// withStartedAgent is withAgent, and the bus starts an agent that does not run.
func (a *app) withStartedAgent(ctx context.Context, ask func(context.Context, *bus.Client) error) error {
	config := a.daemonEnv().Bus()
	config.Activate = true
	return a.withAgentOn(ctx, config, ask)
}

func (a *app) withAgentOn(ctx context.Context, config bus.Config, ask func(context.Context, *bus.Client) error) error {
	client, err := a.dialAgent(ctx, config)
	if err != nil {
		return err
	}
	defer client.Close()
	ctx, stop := context.WithTimeout(ctx, busTime)
	defer stop()
	return ask(ctx, client)
}

// dialAgent finds the agent on the bus. For that of the system, polkit may ask the user for a password.
func (a *app) dialAgent(ctx context.Context, config bus.Config) (*bus.Client, error) {
	dialing, stop := context.WithTimeout(ctx, busTime)
	defer stop()
	client, err := bus.Dial(dialing, config)
	if err != nil || !a.system {
		return client, err
	}
	if _, err = client.Status(dialing); errors.Is(err, bus.ErrAuthentication) {
		prompted, stop := context.WithTimeout(ctx, promptTime)
		defer stop()
		err = client.Authorize(prompted)
	}
	if err != nil {
		return nil, errors.Join(err, client.Close())
	}
	return client, nil
}

func (a *app) printStatus(status agent.Status) error {
	if a.asJSON {
		return a.printJSON(status)
	}
	if len(status.Associations) == 0 {
		fmt.Fprintln(a.stdout, "no interface is watched")
		return nil
	}
	a.printAssociations(status.Associations)
	for _, as := range status.Associations {
		a.printDetails(as)
	}
	a.printTunnels(status.OnDemand)
	return nil
}

func (a *app) printAssociations(associations []agent.Association) {
	var rows [][]any
	for _, as := range associations {
		rows = append(rows, []any{
			as.Interface, orDash(as.SSID.String()), a.paintPhase(as.Phase), a.paintVerdict(as.Verdict),
			orDash(as.Helper), clock(as.Since),
		})
	}
	a.printTable(columns("interface…", "network…", "phase", "verdict", "helper…", "since"), rows)
}

func (a *app) printDetails(as agent.Association) {
	fmt.Fprintf(a.stdout, "\n%s\n", printable(as.Interface))
	detail := func(name, value string) {
		if value != "" {
			fmt.Fprintf(a.stdout, "  %-9s %s\n", name, printable(value))
		}
	}
	detail("verdict", as.Reason)
	detail("helper", as.Why)
	detail("portal", as.PortalURL)
	if n := as.HeldBack; n != nil {
		detail("held back", fmt.Sprintf("what the network says may repeat %s of %s, which cannot be read%s", n.Input, n.Helper, a.remedy(n)))
	}
	detail("step", as.Step)
	for _, r := range as.Remembered {
		detail("login", describeRemembered(r))
	}
	if n := as.Need; n != nil && n.Kind == agent.NeedChanged {
		detail("before", describeDestination(n.Old))
		detail("now", describeDestination(n.New))
	}
	if n := as.Need; n != nil && !n.Until.IsZero() {
		detail("waits for", fmt.Sprintf("%s, until %s", n.Kind, clock(n.Until)))
	}
	if as.Metered {
		detail("metered", "traffic on this link costs money")
	}
	if as.API != nil {
		detail("session", describeSession(*as.API))
		detail("api", describeAPI(as))
		detail("venue", as.API.VenueInfoURL)
	}
	if as.Expires != nil {
		detail("expires", describeExpiry(as))
	}
	if as.NextCheck != nil {
		detail("next look", clock(*as.NextCheck))
	}
	for _, t := range as.Journal[max(0, len(as.Journal)-shownJournal):] {
		fmt.Fprintf(a.stdout, "  %s %s → %s: %s\n", clock(t.Time), t.From, t.To, a.causeText(t))
	}
}

// describeExpiry says when the session ends, and how that is known.
func describeExpiry(as agent.Association) string {
	if as.ExpiresLearned {
		return "about " + clock(*as.Expires) + ", as sessions here ended before"
	}
	return clock(*as.Expires)
}

// describeRemembered says what is to be known of a remembered login; empty: nothing.
func describeRemembered(r agent.Remembered) string {
	switch {
	case r.SetAside != nil:
		return fmt.Sprintf("%s is set aside since %s: %s", r.Helper, clock(*r.SetAside), r.Why)
	case r.FirstUse:
		return fmt.Sprintf("%[1]s logged in by itself for the first time; 'helper remembered forget %[1]s' takes it back", r.Helper)
	}
	return ""
}

// describeAPI returns the URL of the captive portal API, and its source.
func describeAPI(as agent.Association) string {
	if as.APISource == "" {
		return as.API.URL + ", asked in place of a check"
	}
	return as.API.URL + ", known from " + as.APISource
}

func (a *app) printNetworks(networks []annotate.Network) error {
	titles := columns("ssid…", "dbm", "security", "label…", "helper…", "confidence", "last")
	return printList(a, networks, "no network is in range", titles, func(n annotate.Network) []any {
		last := "-"
		if n.Last != nil {
			last = n.Last.Outcome
		}
		return []any{
			n.SSID.String(), strength(n), n.Security().String(), orDash(n.Label), orDash(n.Helper),
			a.paintConfidence(n.Confidence), last,
		}
	})
}

func strength(n annotate.Network) string {
	if n.Signal() == 0 {
		return "-"
	}
	return fmt.Sprint(n.Signal())
}
