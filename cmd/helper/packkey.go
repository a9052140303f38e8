package main

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"aead.dev/minisign"
	"github.com/spf13/cobra"

	"hotspot-helper/plugins/trust"
)

func (a *app) packKeyCommand() *cobra.Command {
	return group("key", "Make and show the key that you sign packs with",
		`key makes and shows the key that you sign packs with. It is a minisign key: each of the
two programs verifies the signatures of the other.`,
		a.packKeyGenerateCommand(), a.packKeyShowCommand())
}

// keyFileFlag adds --key-file to a command that uses the user's key.
func (a *app) keyFileFlag(cmd *cobra.Command, file *string) {
	cmd.Flags().StringVar(file, "key-file", "", "your private key's `FILE` (default: pack.key beside the configuration file)")
}

// keyFile is where the user's key is.
func (a *app) keyFile(given string) (string, error) {
	if given != "" {
		return given, nil
	}
	dir := a.daemonEnv().ConfigDir()
	if dir == "" {
		return "", hinted(errors.New("find key: there is no home directory: $HOME and $XDG_CONFIG_HOME are not set"), "--key-file names its file")
	}
	return filepath.Join(dir, "pack.key"), nil
}

func (a *app) packKeyGenerateCommand() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "generate",
		Short: "Make a key to sign packs with",
		Long: `generate makes a private key that only you can read, and beside it the public key for
those who install your packs. At a terminal it asks for a password; otherwise it reads
the password from standard input, which may be empty. Without a password, anyone who
gets the file can sign in your name. An existing key is never replaced.

Keep a copy of the private key in a safe place: the computers that have a pack of yours
refuse another key.

Exit codes: 0 made, 1 error, 2 wrong usage.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return a.generateKey(file) },
	}
	a.keyFileFlag(cmd, &file)
	return cmd
}

func (a *app) generateKey(given string) error {
	file, err := a.keyFile(given)
	if err != nil {
		return err
	}
	password, err := a.newPassword()
	if err != nil {
		return err
	}
	public, err := trust.GenerateKey(file, password)
	if err != nil {
		if errors.Is(err, trust.ErrKeyExists) {
			return hinted(err, "'helper pack key show' shows it; --key-file makes another one elsewhere")
		}
		return err
	}
	protection := "encrypted with the password"
	if password == "" {
		protection = "not encrypted: keep it where no one else can read it"
	}
	fmt.Fprintf(a.stdout, "private key: %s (%s)\npublic key:  %s\n%s\n", printable(file), protection, printable(file+trust.PublicSuffix), public)
	return nil
}

// newPassword asks twice at a terminal, which does not show the password.
func (a *app) newPassword() (string, error) {
	password, err := a.readSecret("new password (empty: none): ")
	if err != nil || a.readPassword == nil || password == "" {
		return password, err
	}
	again, err := a.readSecret("the same password again: ")
	if err == nil && again != password {
		err = errors.New("read password: the two passwords differ")
	}
	return password, err
}

func (a *app) packKeyShowCommand() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "show",
		Short: "Show your public key",
		Long: `show prints your public key, one line that begins with RW. Publish it, for example on
your website: people verify the first pack with it, and later packs must be signed by
the same key.

Exit codes: 0 shown, 1 error, 2 wrong usage.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			own, err := a.keyFile(file)
			if err != nil {
				return err
			}
			key, err := trust.ReadKey(own + trust.PublicSuffix)
			if err != nil {
				private, err := a.privateKey(own)
				if err != nil {
					return err
				}
				key = private.Public().(minisign.PublicKey) // as the library documents
			}
			fmt.Fprintln(a.stdout, key)
			return nil
		},
	}
	a.keyFileFlag(cmd, &file)
	return cmd
}

// privateKey reads the user's key, and asks for its password if it has one.
func (a *app) privateKey(file string) (minisign.PrivateKey, error) {
	key, err := trust.ReadPrivateKey(file, func() (string, error) {
		return a.readSecret(fmt.Sprintf("password of %s: ", printable(file)))
	})
	if errors.Is(err, fs.ErrNotExist) {
		return key, hinted(err, "'helper pack key generate' makes a key, --key-file names one that is elsewhere")
	}
	return key, err
}
