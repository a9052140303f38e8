package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"hotspot-helper/agent"
	"hotspot-helper/consent"
	"hotspot-helper/internal/daemon"
	"hotspot-helper/plugins"
	"hotspot-helper/wifi"
)

func (a *app) consentCommand() *cobra.Command {
	return group("consent", "Decide what helpers may do in your name",
		`consent records what a helper may do only with your consent: accept an operator's
terms in your name, and send a secret where others can read it, or to a host that does
not show whose network it is. It also records where nobody asks you to sign in. A running agent uses the new answer at once, and continues
a login that waited for it.`,
		a.consentTermsCommand(), a.consentCleartextCommand(), a.consentSharedHostCommand(), a.consentSignInCommand(), a.consentListCommand(), a.consentRevokeCommand())
}

// networkFlag is --network, which may be absent or empty.
type networkFlag struct {
	cmd  *cobra.Command
	text string
}

func (n *networkFlag) add(cmd *cobra.Command, usage string) {
	n.cmd = cmd
	cmd.Flags().StringVar(&n.text, "network", "", usage)
}

// ssid is nil if the flag is absent.
func (n *networkFlag) ssid() (*wifi.SSID, error) {
	if !n.cmd.Flags().Changed("network") {
		return nil, nil
	}
	ssid, err := wifi.ParseSSID(n.text)
	if err != nil {
		return nil, usage(n.cmd, err)
	}
	return &ssid, nil
}

func (a *app) consentTermsCommand() *cobra.Command {
	var network networkFlag
	cmd := &cobra.Command{
		Use:   "terms HELPER always|never|ask",
		Short: "Decide whether a helper may accept terms in your name",
		Long: `terms records whether a helper may accept an operator's terms of use in your name, on
one network or, without --network, on every network. An answer for one network takes
precedence over one for all. HELPER is a name, or the directory of a pack such as ./NAME
that you try with 'helper pack run'. With ask, the default, the login waits for you, and the
agent says which terms it would accept.

Exit codes: 0 recorded, 1 error, 2 wrong usage.`,
		Example: `  helper consent terms opennds always --network 'Cafe Lumen'
  helper consent terms click-through never`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			var answer consent.Answer
			if err := answer.UnmarshalText([]byte(args[1])); err != nil {
				return usage(cmd, err)
			}
			ssid, err := network.ssid()
			if err != nil {
				return err
			}
			return a.giveConsent(cmd.Context(), consent.Record{Helper: args[0], Kind: consent.KindTerms, Network: ssid, Answer: answer})
		},
	}
	network.add(cmd, "on the network of this `NAME` only; '' for one without a name, such as a wire")
	return cmd
}

func (a *app) consentCleartextCommand() *cobra.Command {
	return a.consentForOneNetwork(consent.KindCleartext, &cobra.Command{
		Use:   "cleartext HELPER --network NAME",
		Short: "Let a helper send secrets where others can read them",
		Long: `cleartext lets a helper send your secrets on one network without encryption, and as part
of a URL. Anyone nearby can then read them, and so can anyone who sets up an access point
of that name. Without this consent secrets go only over verified TLS, in the body of a
request. HELPER is a name, or the directory of a pack such as ./NAME.

Exit codes: 0 recorded, 1 error, 2 wrong usage.`,
		Example: `  helper consent cleartext mikrotik --network 'Old Museum'`,
	})
}

func (a *app) consentSharedHostCommand() *cobra.Command {
	return a.consentForOneNetwork(consent.KindSharedHost, &cobra.Command{
		Use:   "shared-host HELPER --network NAME",
		Short: "Let a helper send secrets to hosts that do not identify the network",
		Long: `shared-host lets a helper send your secrets on one network, over verified TLS, to hosts
that many networks share or that only the network names. Their certificates do not show
whose network it is, so anyone who sets up such a network can get them. It does not allow
cleartext: see 'helper consent cleartext'. HELPER is a name, or the directory of a pack
such as ./NAME.

Exit codes: 0 recorded, 1 error, 2 wrong usage.`,
		Example: `  helper consent shared-host meraki --network 'Hotel Lumen'`,
	})
}

// consentForOneNetwork completes a command that records consent for one network.
func (a *app) consentForOneNetwork(kind consent.Kind, cmd *cobra.Command) *cobra.Command {
	var network networkFlag
	cmd.Args = cobra.ExactArgs(1)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		ssid, err := network.ssid()
		if err != nil {
			return err
		}
		if ssid == nil {
			return usage(cmd, errors.New("want --network: this consent is for one network"))
		}
		return a.giveConsent(cmd.Context(), consent.Record{Helper: args[0], Kind: kind, Network: ssid, Answer: consent.Always})
	}
	network.add(cmd, "`NAME` of the network; '' for one without a name, such as a wire")
	return cmd
}

// giveConsent records an answer, and resumes a login that waits for it.
func (a *app) giveConsent(ctx context.Context, r consent.Record) error {
	helper, _, err := a.identity(r.Helper)
	if err != nil {
		return err
	}
	if r.Network != nil && (r.Kind != consent.KindTerms || r.Answer == consent.Always) {
		network, err := a.networkNamed(ctx, *r.Network)
		if err != nil {
			return err
		}
		r.Identity = &network
	}
	r = daemon.ConsentOf(helper, r)
	if err := a.recordConsent(r); err != nil {
		return err
	}
	if asks, ok := helper.(plugins.WithTerms); ok && len(r.Texts) > 0 {
		for _, terms := range asks.Terms() {
			fmt.Fprintf(a.stdout, "these terms: %s\n", printable(terms))
		}
	}
	return a.resume(ctx, agent.CauseConsent, func(as agent.Association) bool {
		return as.Phase == agent.PresentingUI && as.Helper == r.Helper && (r.Network == nil || *r.Network == as.SSID) && (r.Identity == nil || *r.Identity == as.Identity)
	})
}

// recordConsent records an answer, and says so.
func (a *app) recordConsent(r consent.Record) error {
	r.Source = consent.SourceCommand
	if err := a.daemonEnv().Consents().Give(r); err != nil {
		return a.stateHint(err)
	}
	fmt.Fprintf(a.stdout, "recorded: %s\n", printable(describeConsent(r, "may")))
	return nil
}

// describeConsent is an answer as one sentence. What is allowed, the helper "may" or, once that
// is revoked, "may no longer" do.
func describeConsent(r consent.Record, may string) string {
	where := "on " + whereOf(r)
	switch r.Kind {
	case consent.KindSignIn:
		return describeSignIn(r, where)
	case consent.KindSharedHost:
		return fmt.Sprintf("%s %s send secrets to hosts that do not identify the network %s", r.Helper, may, where)
	case consent.KindCleartext:
		return fmt.Sprintf("%s %s send secrets where others can read them %s", r.Helper, may, where)
	}
	switch r.Answer {
	case consent.Always:
		return fmt.Sprintf("%s %s accept terms in your name %s", r.Helper, may, where)
	case consent.Never:
		return fmt.Sprintf("%s never accepts terms in your name %s", r.Helper, where)
	default:
		return fmt.Sprintf("%s asks before it accepts terms in your name %s", r.Helper, where)
	}
}

// whereOf names the networks that an answer is for.
func whereOf(r consent.Record) string {
	switch {
	case r.Identity != nil:
		return describeIdentity(*r.Identity)
	case r.Network != nil && r.Answer == consent.Always: // of an earlier version
		return describeNetwork(r.Network) + " (known by name alone: asked again)"
	default:
		return describeNetwork(r.Network)
	}
}

func describeNetwork(ssid *wifi.SSID) string {
	switch {
	case ssid == nil:
		return "every network"
	case *ssid == "":
		return "networks without a name"
	default:
		return fmt.Sprintf("'%s'", *ssid)
	}
}
