package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"hotspot-helper/agent"
	"hotspot-helper/annotate"
	"hotspot-helper/internal/bus"
)

// shownJournal is how many transitions of each association `helper status` prints.
const shownJournal = 8

func (a *app) statusCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show what the agent does, and why",
		Long: `status shows the network, phase, verdict and helper of each interface, and the last
transitions with their causes. It asks the running agent.

Exit codes: 0 shown, 1 error (such as no agent), 2 wrong usage.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withAgent(cmd.Context(), func(ctx context.Context, c *bus.Client) error {
				status, err := c.Status(ctx)
				if err != nil {
					return err
				}
				return a.printStatus(status)
			})
		},
	}
	a.jsonFlag(cmd)
	return cmd
}

func (a *app) networksCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "networks",
		Short: "List the networks in range, with the helper that would log in",
		Long: `networks shows the last scan: each network with a label, the helper that claims it by
its name, and the outcome of the last login. It asks the running agent.

Exit codes: 0 shown, 1 error (such as no agent), 2 wrong usage.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withAgent(cmd.Context(), func(ctx context.Context, c *bus.Client) error {
				networks, err := c.Networks(ctx)
				if err != nil {
					return err
				}
				return a.printNetworks(networks)
			})
		},
	}
	a.jsonFlag(cmd)
	return cmd
}

// busTime bounds the wait for an answer of the agent.
const busTime = 10 * time.Second

// withAgent asks the agent on the bus.
func (a *app) withAgent(ctx context.Context, ask func(context.Context, *bus.Client) error) error {
	ctx, stop := context.WithTimeout(ctx, busTime)
	defer stop()
	client, err := bus.Dial(ctx, a.daemonEnv().Bus())
	if err != nil {
		return err
	}
	defer client.Close()
	return ask(ctx, client)
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
	fmt.Fprintf(a.stdout, "\n%s\n", as.Interface)
	detail := func(name, value string) {
		if value != "" {
			fmt.Fprintf(a.stdout, "  %-9s %s\n", name, printable(value))
		}
	}
	detail("verdict", as.Reason)
	detail("helper", as.Why)
	detail("portal", as.PortalURL)
	detail("step", as.Step)
	if n := as.Need; n != nil && n.Kind == agent.NeedChanged {
		detail("before", describeDestination(n.Old))
		detail("now", describeDestination(n.New))
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
		detail("expires", clock(*as.Expires))
	}
	if as.NextCheck != nil {
		detail("next look", clock(*as.NextCheck))
	}
	for _, t := range as.Journal[max(0, len(as.Journal)-shownJournal):] {
		fmt.Fprintf(a.stdout, "  %s %s → %s: %s\n", clock(t.Time), t.From, t.To, a.causeText(t))
	}
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
