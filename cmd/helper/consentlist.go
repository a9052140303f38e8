package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"hotspot-helper/consent"
)

func (a *app) consentListCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List all answers, and when they were given",
		Long: `list shows what you allowed or refused, for which helper and network, and when.

Exit codes: 0 shown, 1 error, 2 wrong usage.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			records, err := a.daemonEnv().Consents().Records()
			if err != nil {
				return a.stateHint(err)
			}
			return a.printConsents(records)
		},
	}
	a.jsonFlag(cmd)
	return cmd
}

func (a *app) printConsents(records []consent.Record) error {
	titles := columns("helper", "maker…", "kind", "network…", "answer", "by", "since")
	return printList(a, records, "nothing is recorded: helpers ask before they accept terms", titles, func(r consent.Record) []any {
		return []any{orDash(r.Helper), orDash(string(r.Maker)), r.Kind, whereOf(r), r.Answer, cmp.Or(r.Source, consent.SourceCommand), r.Time.Local().Format(time.DateTime)}
	})
}

func (a *app) consentRevokeCommand() *cobra.Command {
	var network networkFlag
	cmd := &cobra.Command{
		Use:   "revoke HELPER [terms|cleartext|shared-host|sign-in]",
		Short: "Forget an answer",
		Long: `revoke forgets your answers for a helper: all, or only those of one kind, and with
--network only those for that network. HELPER is a name, or the directory of a pack such
as ./NAME, or - for an answer that concerns none. It counts from the next request on. A session that is logged in continues.

Exit codes: 0 forgotten, 1 error (such as nothing to forget), 2 wrong usage.`,
		Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			kinds := consent.Kinds()
			if len(args) == 2 {
				if !slices.Contains(kinds, consent.Kind(args[1])) {
					return usage(cmd, fmt.Errorf("parse kind of consent %q: want one of %q", args[1], kinds))
				}
				kinds = []consent.Kind{consent.Kind(args[1])}
			}
			name, err := storedName(args[0])
			if err != nil {
				return err
			}
			if name == noHelper {
				name = ""
			}
			ssid, err := network.ssid()
			if err != nil {
				return err
			}
			return a.revokeConsent(func(r consent.Record) bool {
				here := ssid == nil || r.Network != nil && *r.Network == *ssid
				return r.Helper == name && slices.Contains(kinds, r.Kind) && here
			})
		},
	}
	network.add(cmd, "for the network of this `NAME` only; '' for one without a name, such as a wire")
	return cmd
}

func (a *app) revokeConsent(picks func(consent.Record) bool) error {
	gone, err := a.daemonEnv().Consents().Revoke(picks)
	if err != nil {
		return a.stateHint(err)
	}
	if len(gone) == 0 {
		return hinted(errors.New("revoke consent: there is none of that helper, kind and network"), "'helper consent list' shows all")
	}
	for _, r := range gone {
		fmt.Fprintf(a.stdout, "forgotten: %s\n", printable(describeConsent(r, "may no longer")))
	}
	return nil
}

// noHelper stands for none in the place of a helper's name.
const noHelper = "-"
