package link

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// Where NetworkManager keeps its configuration.
const (
	libConf  = "usr/lib/NetworkManager/conf.d/20-connectivity.conf"
	runConf  = "run/NetworkManager/conf.d/20-connectivity.conf"
	etcConf  = "etc/NetworkManager/conf.d/20-connectivity.conf"
	mainConf = "etc/NetworkManager/NetworkManager.conf"

	debianConf = "[connectivity]\nuri=http://network-test.debian.org/nm\n"
	ownConf    = "# ours\n[main]\nuri=http://other.test/\n\n[connectivity]\n uri = http://own.test/ \nresponse=OK\ninterval=300\n"
)

// checking is a NetworkManager that runs.
func checking(uri string, enabled bool) fakeBus {
	return fakeBus{
		"/org/freedesktop/NetworkManager" + get + "org.freedesktop.NetworkManager ConnectivityCheckUri":     uri,
		"/org/freedesktop/NetworkManager" + get + "org.freedesktop.NetworkManager ConnectivityCheckEnabled": enabled,
	}
}

func TestConnectivity(t *testing.T) {
	debian := Connectivity{"http://network-test.debian.org/nm", "NetworkManager is online"}
	own := Connectivity{"http://own.test/", "OK"}
	tests := []struct {
		name  string
		files map[string]string
		bus   fakeBus
		want  Connectivity // none: an error
	}{
		{"nothing", nil, nil, Connectivity{}},
		{"the distribution's", map[string]string{libConf: debianConf}, nil, debian},
		{"the administrator's over it", map[string]string{libConf: debianConf, "etc/NetworkManager/conf.d/own.conf": ownConf}, nil, own},
		{"the main file over it", map[string]string{libConf: debianConf, mainConf: ownConf}, nil, own},
		{"a snippet over the main file", map[string]string{etcConf: debianConf, mainConf: ownConf}, nil, Connectivity{debian.URI, "OK"}},
		{"hidden", map[string]string{libConf: debianConf, etcConf: ""}, nil, Connectivity{}},
		{"hidden since boot", map[string]string{libConf: debianConf, runConf: "[main]\n"}, nil, Connectivity{}},
		{"of this boot, hidden", map[string]string{runConf: ownConf, etcConf: debianConf}, nil, debian},
		{"no body wanted", map[string]string{libConf: "[connectivity]\nuri=http://own.test/204\nresponse=\n"}, nil, Connectivity{"http://own.test/204", ""}},
		{"turned off", map[string]string{libConf: debianConf, etcConf + ".conf": "[connectivity]\nenabled=False\n"}, nil, Connectivity{}},
		{"taken back", map[string]string{libConf: debianConf, "etc/NetworkManager/conf.d/99.conf": "[connectivity]\nuri=\n"}, nil, Connectivity{}},
		{"NetworkManager agrees", map[string]string{libConf: ownConf}, checking("http://own.test/", true), own},
		{"NetworkManager has another", map[string]string{libConf: ownConf}, checking(debian.URI, true), debian},
		{"NetworkManager alone has one", nil, checking(debian.URI, true), debian},
		{"NetworkManager has it turned off", map[string]string{libConf: debianConf}, checking(debian.URI, false), Connectivity{}},
		{"NetworkManager has none", map[string]string{libConf: debianConf}, checking("", true), Connectivity{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			k := newKernel(t, table{})
			got, err := k.reader(tree(t, test.files), test.bus).connectivity(t.Context())
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("check (-want +got):\n%s", diff)
			}
			if none := test.want == (Connectivity{}); none != errors.Is(err, fs.ErrNotExist) || !none && err != nil {
				t.Errorf("error %v", err)
			}
		})
	}
}

// A bus that accepts connections and says nothing holds nobody up: what the files say counts, and who does not
// want to wait any more need not.
func TestConnectivityOnASilentBus(t *testing.T) {
	t.Parallel()
	socket := filepath.Join(t.TempDir(), "bus")
	silent, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	r := &reader{root: tree(t, map[string]string{libConf: debianConf}), address: "unix:path=" + socket}
	began := time.Now()
	if check, err := r.connectivity(t.Context()); err != nil || check.URI != "http://network-test.debian.org/nm" {
		t.Errorf("%v, %v", check, err)
	}
	if took := time.Since(began); took > 5*busTimeout {
		t.Errorf("it took %v", took)
	}
	ended, stop := context.WithCancel(t.Context())
	stop()
	began = time.Now()
	if _, err := r.connectivity(ended); err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took > busTimeout/2 {
		t.Errorf("it took %v after the end", took)
	}
}
