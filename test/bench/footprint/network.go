package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// network is the network namespace of a client and, behind its eth0, that of a gateway,
// where the lab's netplay answers requests to every address.
type network struct {
	client, world string // names of the namespaces
	dir           string // of netplay and the files that it writes
	player        *exec.Cmd
}

// The addresses of the link.
const (
	gatewayAddress = "10.7.7.1"
	clientAddress  = "10.7.7.2"
)

// newNetwork makes the namespaces (root, with ip and nft). The caller tears it down, also after an error.
func newNetwork() (*network, error) {
	dir, err := os.MkdirTemp("", "footprint")
	if err != nil {
		return nil, err
	}
	name := filepath.Base(dir)
	n := &network{client: name + "-client", world: name + "-world", dir: dir}
	// ip(8) mounts this file as /etc/resolv.conf for processes in the namespace.
	if err := os.MkdirAll(n.etc(), 0o755); err != nil {
		return n, err
	}
	if err := os.WriteFile(filepath.Join(n.etc(), "resolv.conf"), []byte("nameserver "+gatewayAddress+"\n"), 0o600); err != nil {
		return n, err
	}
	for _, command := range []string{
		"go build -o " + dir + "/netplay ./test/lab/netplay",
		"ip netns add " + n.client,
		"ip netns add " + n.world,
		"ip -n " + n.client + " link add eth0 type veth peer name gw0 netns " + n.world,
		"ip -n " + n.world + " link set lo up",
		"ip -n " + n.world + " addr add " + gatewayAddress + "/24 dev gw0",
		"ip -n " + n.world + " link set gw0 up",
		"ip -n " + n.client + " addr add " + clientAddress + "/24 dev eth0",
		"ip -n " + n.client + " link set eth0 up",
		"ip -n " + n.client + " route add default via " + gatewayAddress,
		"ip netns exec " + n.world + " nft add table ip lab",
		"ip netns exec " + n.world + " nft add chain ip lab to { type nat hook prerouting priority -100 ; }",
		"ip netns exec " + n.world + " nft add rule ip lab to iifname gw0 meta l4proto tcp redirect",
	} {
		if err := execute(command); err != nil {
			return n, err
		}
	}
	return n, nil
}

func (n *network) etc() string { return filepath.Join("/etc/netns", n.client) }

func (n *network) authority() string { return filepath.Join(n.dir, "authority.pem") }

// execute runs a command whose words have no spaces.
func execute(command string) error {
	words := strings.Fields(command)
	if output, err := exec.Command(words[0], words[1:]...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", command, err, output)
	}
	return nil
}

// play makes the gateway answer in another way: netplay's open or redirect.
func (n *network) play(what string) error {
	n.stop()
	n.player = exec.Command("ip", "netns", "exec", n.world, filepath.Join(n.dir, "netplay"), "-play", what, "-authority", n.authority())
	n.player.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := n.player.Start(); err != nil {
		return fmt.Errorf("play %s: %w", what, err)
	}
	return nil
}

func (n *network) stop() {
	if n.player != nil && n.player.Process != nil {
		_ = n.player.Process.Kill()
		_ = n.player.Wait()
	}
}

// probe is a `helper probe` of the network.
func (n *network) probe(binary string) *exec.Cmd {
	cmd := exec.Command("ip", "netns", "exec", n.client, binary, "probe", "--interface", "eth0")
	cmd.Env = []string{"HOME=" + n.dir, "SSL_CERT_FILE=" + n.authority()}
	return cmd
}

// tearDown removes the namespaces and files.
func (n *network) tearDown() error {
	n.stop()
	return errors.Join(execute("ip netns del "+n.client), execute("ip netns del "+n.world), os.RemoveAll(n.etc()), os.RemoveAll(n.dir))
}
