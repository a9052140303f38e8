package footprint_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// network is the network namespace of a client and, behind its eth0, that of a gateway,
// where the lab's netplay answers requests to every address.
type network struct {
	t             testing.TB
	client, world string // names of the namespaces
	dir           string // of netplay and the files that it writes
	player        *exec.Cmd
}

// The addresses of the link.
const (
	gatewayAddress = "10.7.7.1"
	clientAddress  = "10.7.7.2"
)

// newNetwork makes the namespaces, until the end of the test.
func newNetwork(t testing.TB) *network {
	t.Helper()
	requireNamespaces(t)
	dir := t.TempDir()
	name := fmt.Sprintf("footprint-%d", os.Getpid())
	n := &network{t: t, client: name + "-client", world: name + "-world", dir: dir}
	// ip(8) mounts this file as /etc/resolv.conf for processes in the namespace.
	etc := filepath.Join("/etc/netns", n.client)
	t.Cleanup(func() {
		n.stop()
		_ = exec.Command("ip", "netns", "del", n.client).Run()
		_ = exec.Command("ip", "netns", "del", n.world).Run()
		_ = os.RemoveAll(etc)
	})
	writeFile(t, filepath.Join(etc, "resolv.conf"), "nameserver "+gatewayAddress+"\n")
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
		n.command(command)
	}
	return n
}

func (n *network) authority() string { return filepath.Join(n.dir, "authority.pem") }

// command runs a command to its end.
func (n *network) command(line string) {
	n.t.Helper()
	words := strings.Fields(line)
	if output, err := exec.Command(words[0], words[1:]...).CombinedOutput(); err != nil {
		n.t.Fatalf("%s: %v\n%s", line, err, output)
	}
}

// requireNamespaces skips a test that cannot make namespaces. If HELPER_REQUIRE has netns, it fails.
func requireNamespaces(t testing.TB) {
	t.Helper()
	var reasons []string
	if os.Geteuid() != 0 {
		reasons = append(reasons, "make network namespaces: not root")
	}
	for _, tool := range []string{"ip", "nft"} {
		if _, err := exec.LookPath(tool); err != nil {
			reasons = append(reasons, err.Error())
		}
	}
	switch reason := strings.Join(reasons, "; "); {
	case reason == "":
	case slices.Contains(strings.Split(os.Getenv("HELPER_REQUIRE"), ","), "netns"):
		t.Fatalf("required by HELPER_REQUIRE: %s", reason)
	default:
		t.Skip(reason)
	}
}

// play makes the gateway answer in another way: netplay's open or redirect.
func (n *network) play(what string) { n.start("-play", what) }

// portal makes the gateway have a simulated portal, with the Internet behind it.
func (n *network) portal(kind string) { n.start("-portal", kind) }

// start starts netplay.
func (n *network) start(args ...string) {
	n.t.Helper()
	n.stop()
	args = append([]string{"netns", "exec", n.world, filepath.Join(n.dir, "netplay"), "-authority", n.authority()}, args...)
	n.player = exec.Command("ip", args...)
	n.player.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := n.player.Start(); err != nil {
		n.t.Fatalf("play %q: %v", args, err)
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
