package footprint_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
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

// newNetwork makes the namespaces, until the end of the benchmark.
func newNetwork(b *testing.B) *network {
	b.Helper()
	if os.Geteuid() != 0 {
		b.Skip("a network namespace needs root")
	}
	for _, tool := range []string{"ip", "nft"} {
		if _, err := exec.LookPath(tool); err != nil {
			b.Skip(err)
		}
	}
	dir := b.TempDir()
	name := fmt.Sprintf("footprint-%d", os.Getpid())
	n := &network{client: name + "-client", world: name + "-world", dir: dir}
	// ip(8) mounts this file as /etc/resolv.conf for processes in the namespace.
	etc := filepath.Join("/etc/netns", n.client)
	b.Cleanup(func() {
		n.stop()
		_ = exec.Command("ip", "netns", "del", n.client).Run()
		_ = exec.Command("ip", "netns", "del", n.world).Run()
		_ = os.RemoveAll(etc)
	})
	writeFile(b, filepath.Join(etc, "resolv.conf"), "nameserver "+gatewayAddress+"\n")
	for _, command := range []string{
		"go build -o " + dir + "/netplay hotspot-helper/test/lab/netplay",
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
		words := strings.Fields(command)
		if output, err := exec.Command(words[0], words[1:]...).CombinedOutput(); err != nil {
			b.Fatalf("%s: %v\n%s", command, err, output)
		}
	}
	return n
}

func (n *network) authority() string { return filepath.Join(n.dir, "authority.pem") }

// play makes the gateway answer in another way: netplay's open or redirect.
func (n *network) play(b *testing.B, what string) {
	b.Helper()
	n.stop()
	n.player = exec.Command("ip", "netns", "exec", n.world, filepath.Join(n.dir, "netplay"), "-play", what, "-authority", n.authority())
	n.player.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := n.player.Start(); err != nil {
		b.Fatalf("play %s: %v", what, err)
	}
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
