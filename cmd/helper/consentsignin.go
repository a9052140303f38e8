package main

import (
	"errors"

	"github.com/spf13/cobra"

	"hotspot-helper/consent"
	"hotspot-helper/internal/daemon"
)

func (a *app) consentSignInCommand() *cobra.Command {
	var network networkFlag
	cmd := &cobra.Command{
		Use:   "sign-in never|ask --network NAME",
		Short: "Decide whether you are asked to sign in on a network",
		Long: `sign-in records whether a notification asks you to sign in when a login on one network
needs you. never is what the action "Not here" of such a notification records. 'helper status'
and 'helper open' work in any case.

Exit codes: 0 recorded, 1 error, 2 wrong usage.`,
		Example: `  helper consent sign-in never --network 'Cafe Lumen'`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var answer consent.Answer
			if err := answer.UnmarshalText([]byte(args[0])); err != nil || answer == consent.Always {
				return usage(cmd, errors.New("want never or ask"))
			}
			ssid, err := network.ssid()
			if err != nil {
				return err
			}
			if ssid == nil {
				return usage(cmd, errors.New("want --network: this answer is for one network"))
			}
			identity, err := a.networkNamed(cmd.Context(), *ssid)
			if err != nil {
				return err
			}
			return a.recordConsent(daemon.SignInAnswer(identity, answer, consent.SourceCommand))
		},
	}
	network.add(cmd, "`NAME` of the network; '' for one without a name, such as a wire")
	return cmd
}

// describeSignIn is an answer about being asked to sign in, as one sentence.
func describeSignIn(r consent.Record, where string) string {
	if r.Answer == consent.Never {
		return "nobody asks you to sign in " + where
	}
	return "you are asked to sign in " + where
}
