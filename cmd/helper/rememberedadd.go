package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"hotspot-helper/internal/file"
	"hotspot-helper/plugins/record"
	"hotspot-helper/plugins/remember"
	"hotspot-helper/secrets"
)

// rememberOptions are decisions about a login that could be remembered.
type rememberOptions struct {
	agreed bool   // the user is not asked
	inFile bool   // what was typed goes into a file, not the keyring
	ask    asking // nil: in the terminal
}

// asking asks whether to remember a login, of which sentences say what it does.
type asking func(ctx context.Context, offer *remember.Offer, does []string) (answer, error)

// answer is what a person says to an offer.
type answer uint8

const (
	answerNone answer = iota // nobody answered: it is asked again after the next login
	answerYes
	answerNo
)

func (a *app) rememberedAddCommand() *cobra.Command {
	var network networkFlag
	var o rememberOptions
	cmd := &cobra.Command{
		Use:   "add FILE.har --network NAME",
		Short: "Remember a login that a browser recorded",
		Long: `add drafts a private pack from what a browser recorded while you logged in by hand, and
replays it without a network, with other random values than the portal gave. If that logs
in, it tells what it would do and asks whether to remember it. Yes keeps what you typed in
the keyring, or with --file in a file that only you can read, and your consent to the
terms that you accepted, both for this network alone. No is remembered, too.

'helper pack record --help' tells how to make the file. It contains your password: remove
it afterwards.

Exit codes: 0 remembered, or you said no, 1 error (such as a login that cannot be
remembered), 2 wrong usage.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ssid, err := network.ssid()
			if err != nil {
				return err
			}
			if ssid == nil {
				return usage(cmd, errors.New("remember login: want --network: where it was recorded"))
			}
			n, err := a.networkNamed(cmd.Context(), *ssid)
			if err != nil {
				return err
			}
			opened, err := file.Open(args[0])
			if err != nil {
				return fmt.Errorf("read capture: %w", err)
			}
			capture, err := record.Read(opened)
			if err := errors.Join(err, opened.Close()); err != nil {
				return err
			}
			return a.offerToRemember(cmd.Context(), capture, remember.Visit{Network: n}, o)
		},
	}
	network.add(cmd, "the network of this `NAME`, where the login was recorded; '' for one without a name, such as a wire")
	cmd.Flags().BoolVar(&o.agreed, "yes", false, "do not ask")
	cmd.Flags().BoolVar(&o.inFile, "file", false, "keep what you typed in a file instead of the keyring")
	return cmd
}

// offerToRemember tells what a login that was recorded would do by itself, and remembers it if the user
// agrees.
func (a *app) offerToRemember(ctx context.Context, c *record.Capture, v remember.Visit, o rememberOptions) error {
	env := a.daemonEnv()
	logins := env.Remembered()
	if declined, err := logins.IsDeclined(v.Network); err != nil || declined && !o.agreed {
		if err == nil {
			fmt.Fprintf(a.stdout, "you said that no login is to be remembered on %s: 'helper remembered forget' changes that\n", printable(describeIdentity(v.Network)))
		}
		return err
	}
	offer, err := logins.Draft(ctx, c, v)
	if err != nil {
		return a.stateHint(err)
	}
	said, err := a.askToRemember(ctx, offer, &o)
	switch {
	case err != nil:
		return errors.Join(err, offer.Discard())
	case said == answerNo:
		fmt.Fprintln(a.stdout, "not remembered, and not asked again on this network")
		return errors.Join(logins.Decline(v.Network), offer.Discard())
	case said != answerYes:
		fmt.Fprintln(a.stdout, "not remembered: nobody answered")
		return offer.Discard()
	}
	ctx, stop := context.WithTimeout(ctx, promptTime)
	defer stop()
	place, err := env.Remember(ctx, offer, o.inFile)
	if errors.Is(err, secrets.ErrLocked) && a.agreesToFile(err, &o) {
		place, err = env.Remember(ctx, offer, true)
	}
	if err != nil {
		return errors.Join(a.stateHint(err), offer.Discard())
	}
	if _, err := logins.AskAgain(v.Network); err != nil {
		return a.stateHint(err)
	}
	fmt.Fprintf(a.stdout, "%s is remembered for %s", offer.Name, printable(describeIdentity(v.Network)))
	if place != "" {
		fmt.Fprintf(a.stdout, "; what you typed is in the %s", describePlace(place, env.Secrets()))
	}
	fmt.Fprintln(a.stdout)
	return nil
}

// askToRemember prints what the login would do by itself, and asks for it.
func (a *app) askToRemember(ctx context.Context, offer *remember.Offer, o *rememberOptions) (answer, error) {
	kept, err := a.placeFor(ctx, offer, o.inFile)
	if errors.Is(err, secrets.ErrNotChosen) && a.agreesToFile(err, o) {
		kept, err = a.placeFor(ctx, offer, true)
	}
	if err != nil {
		return answerNone, err
	}
	does := offer.Does(kept)
	fmt.Fprintln(a.stdout, printable(offer.Text(kept)))
	if difference := offer.Difference(); difference != "" {
		fmt.Fprintln(a.stdout, printable(difference))
		does = append(does, difference)
	}
	switch {
	case o.agreed:
		return answerYes, nil
	case o.ask != nil:
		return o.ask(ctx, offer, does)
	}
	agreed, err := a.readYes("Remember it? [y/N] ")
	if err != nil || !agreed {
		return answerNo, err
	}
	return answerYes, nil
}

// agreesToFile asks whether what was typed may be kept in a file, since the keyring cannot keep it: it would be lost.
// A person who cannot be asked at a terminal does not agree.
func (a *app) agreesToFile(noKeyring error, o *rememberOptions) bool {
	if o.inFile || o.agreed || o.ask != nil {
		return false
	}
	fmt.Fprintln(a.stdout, printable(noKeyring.Error()))
	agreed, err := a.readYes("Keep what you typed in a file that only you can read? [y/N] ")
	o.inFile = err == nil && agreed
	return o.inFile
}

// placeFor says where what was typed would be kept. The error is [secrets.ErrNotChosen] if there is no place.
func (a *app) placeFor(ctx context.Context, offer *remember.Offer, inFile bool) (string, error) {
	store := a.daemonEnv().Secrets()
	if inFile {
		return describePlace(secrets.InFile, store), nil
	}
	if len(offer.Fields) == 0 {
		return "", nil
	}
	ctx, stop := briefly(ctx)
	defer stop()
	isFileChosen, err := store.Check(ctx)
	switch {
	case err == nil, errors.Is(err, secrets.ErrLocked):
		return describePlace(secrets.InKeyring, store), nil
	case !errors.Is(err, secrets.ErrNoKeyring):
		return "", a.stateHint(err)
	case !isFileChosen:
		return "", fmt.Errorf("keep what you typed: %w, and %w", err, secrets.ErrNotChosen)
	}
	return describePlace(secrets.InFile, store), nil
}

// readYes asks a question that is answered with yes or no; anything but yes is no.
func (a *app) readYes(question string) (bool, error) {
	fmt.Fprint(a.stderr, question)
	answer, err := readAnswer(a.stdin)
	if a.readPassword == nil { // no terminal, which shows the end of the line itself
		fmt.Fprintln(a.stderr)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return false, fmt.Errorf("read answer: %w", err)
	}
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes":
		return true, nil
	}
	return false, nil
}

// readAnswer reads a line of at most 64 bytes, and nothing behind it: that answers the next question.
func readAnswer(from io.Reader) (string, error) {
	const longest = 64
	line, one := make([]byte, 0, longest), make([]byte, 1)
	for len(line) < longest && !bytes.HasSuffix(line, []byte("\n")) {
		if _, err := io.ReadFull(from, one); err != nil {
			return string(line), err
		}
		line = append(line, one[0])
	}
	return string(line), nil
}
