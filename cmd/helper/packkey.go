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
	cmd := &cobra.Command{
		Use:   "key",
		Short: "Make and show the key that you sign packs with",
		Long: `key makes and shows the key that you sign packs with. It is a key of minisign: what
either of the two signs, the other verifies.

Exit codes: 0 done, 1 error, 2 wrong usage.`,
		Args: cobra.NoArgs,
		RunE: showHelp,
	}
	cmd.AddCommand(a.packKeyGenerateCommand(), a.packKeyShowCommand())
	return cmd
}

// keyFileFlag adds --key-file to a command that works with the user's own key.
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
		Long: `generate makes a private key, which you alone can read, and the public one beside it,
which is for those who install your packs. It asks for a password at a terminal; else
it takes what comes on standard input, which may be nothing. Without a password,
whoever gets the file can sign in your name. A key that is there is never replaced.

Keep a copy of it in a safe place: everybody who has a pack of yours refuses another
key until told otherwise.

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
		protection = "not encrypted: keep it where nobody else can read it"
	}
	fmt.Fprintf(a.stdout, "private key: %s (%s)\npublic key:  %s\n%s\n", printable(file), protection, printable(file+trust.PublicSuffix), public)
	return nil
}

// newPassword asks at a terminal twice: nobody sees what was typed.
func (a *app) newPassword() (string, error) {
	password, err := a.readSecret("new password (empty: none): ")
	if err != nil || a.readPassword == nil || password == "" {
		return password, err
	}
	again, err := a.readSecret("the same password again: ")
	if err == nil && again != password {
		err = errors.New("read password: the second one was another")
	}
	return password, err
}

func (a *app) packKeyShowCommand() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "show",
		Short: "Show your public key",
		Long: `show prints your public key, one line that begins with RW. Put it where people can
find it who install your packs, such as your website: with it they check the first
one, and later ones must be signed by the same key.

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

// privateKey reads the user's own key, and asks for its password where it has one.
func (a *app) privateKey(file string) (minisign.PrivateKey, error) {
	key, err := trust.ReadPrivateKey(file, func() (string, error) {
		return a.readSecret(fmt.Sprintf("password of %s: ", printable(file)))
	})
	if errors.Is(err, fs.ErrNotExist) {
		return key, hinted(err, "'helper pack key generate' makes a key, --key-file names one that is elsewhere")
	}
	return key, err
}
