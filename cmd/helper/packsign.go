package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"aead.dev/minisign"
	"github.com/google/renameio/v2"
	"github.com/spf13/cobra"

	"hotspot-helper/plugins/trust"
)

func (a *app) packSignCommand() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "sign FILE",
		Short: "Sign the file of a pack with your key",
		Long: `sign signs a file of 'helper pack build' and writes FILE.minisig beside it: ship both.
The signature names the pack and its version. At a terminal it asks for the password of
your key, otherwise it reads the password from standard input.

The signature is a minisign signature: 'minisign -Sm FILE' makes one, too, and
'minisign -Vm FILE -P KEY' verifies both.

Exit codes: 0 signed, 1 error, 2 wrong usage.`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return a.signPack(args[0], file) },
	}
	a.keyFileFlag(cmd, &file)
	return cmd
}

func (a *app) signPack(file, keyFile string) error {
	pack, err := trust.OpenArchive(file)
	if err != nil {
		return err
	}
	own, err := a.keyFile(keyFile)
	if err != nil {
		return err
	}
	key, err := a.privateKey(own)
	if err != nil {
		return err
	}
	text, err := trust.Sign(pack, key, time.Now())
	if err != nil {
		return err
	}
	if err := renameio.WriteFile(file+trust.Suffix, text, 0o644); err != nil {
		return fmt.Errorf("sign %s: %w", file, err)
	}
	fmt.Fprintf(a.stdout, "%s is made: %s %s, signed by %s\n", printable(file+trust.Suffix), pack.Name, pack.Version, key.Public())
	return nil
}

func (a *app) packVerifyCommand() *cobra.Command {
	var key string
	cmd := &cobra.Command{
		Use:   "verify FILE",
		Short: "Check who signed the file of a pack",
		Long: `verify checks the signature FILE.minisig of a pack's file: that the key made it, for these
bytes, and for this pack and version. Without --key it uses the key that is remembered
for packs of this name, see 'helper pack install'. It installs nothing.

Exit codes: 0 valid, 1 not valid or not checked, 2 wrong usage.`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return a.verifyPack(args[0], key) },
	}
	keyFlag(cmd, &key)
	return cmd
}

// keyFlag adds --key to a command that checks a signature.
func keyFlag(cmd *cobra.Command, key *string) {
	cmd.Flags().StringVar(key, "key", "", "public `KEY` of the pack's maker: a line that begins with RW, or a file with that line")
}

func (a *app) verifyPack(file, given string) error {
	var key minisign.PublicKey
	if given != "" {
		var err error
		if key, err = trust.ReadKey(given); err != nil {
			return err
		}
	}
	pack, signature, err := trust.OpenSigned(file, func(name string, s trust.Signature) (_ minisign.PublicKey, err error) {
		if given == "" {
			key, err = a.rememberedKey(file, name, s)
		}
		return key, err
	})
	if err != nil {
		return unsignedHint(file, err, "")
	}
	fmt.Fprintf(a.stdout, "%s: %s %s, signed by %s%s\n", printable(file), pack.Name, pack.Version, key, onDay(signature.Time))
	return nil
}

// onDay is a day as part of a sentence.
func onDay(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return " on " + t.Format(time.DateOnly)
}

// unsignedHint says where a signature that is missing comes from, and more.
func unsignedHint(file string, err error, more string) error {
	if _, missing := os.Stat(file + trust.Suffix); err != nil && errors.Is(missing, fs.ErrNotExist) {
		return hinted(err, "the maker ships it with the pack; it proves who that is%s", more)
	}
	return err
}

// rememberedKey is the key that is remembered of a pack. The key that a signature names proves
// nothing.
func (a *app) rememberedKey(file, pack string, signature trust.Signature) (minisign.PublicKey, error) {
	place, err := a.packPlace()
	if err != nil {
		return minisign.PublicKey{}, err
	}
	known, err := place.KnownKey(pack)
	if err != nil {
		return minisign.PublicKey{}, err
	}
	if known != nil {
		return trust.ParseKey(known.Key)
	}
	err = fmt.Errorf("verify %s: no key is remembered for %s", filepath.Base(file), pack)
	if signature.Key == nil {
		return minisign.PublicKey{}, hinted(err, "give it with --key")
	}
	return minisign.PublicKey{}, hinted(err, "the signature names the key %s: if that is the maker's key, give it with --key", signature.Key)
}
