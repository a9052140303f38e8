package link

import (
	"context"
	"os"

	"hotspot-helper/internal/appear"
)

// fileEvents waits for changes of the files that have name servers or a captive portal
// API. They often change after the addresses, without a link event of the kernel. The programs that
// write them, and so their directories, may come and go.
type fileEvents struct{ watcher *appear.Watcher }

// watchFiles returns nil if there is nothing to watch.
func (r *reader) watchFiles() source {
	if _, err := os.Stat(r.path()); err != nil {
		return nil // a simulated machine without files
	}
	places := []place{
		{"etc", "resolv.conf"},
		{"run/systemd/resolve", "resolv.conf"},
		{"run/systemd/netif/links", "*"},
		// NetworkManager rewrites files here when its name servers change, such as
		// no-stub-resolv.conf, even if it does not manage resolv.conf.
		{"run/NetworkManager", "*"},
	}
	var watched []appear.Place
	for _, at := range append(places, leaseFiles()...) {
		watched = append(watched, appear.Place{Directory: r.path(at.directory), Names: at.names})
	}
	watcher := appear.New(watched...)
	if err := watcher.Err(); err != nil {
		r.log().Warn("name server files cannot be watched: they are looked at again and again", "error", err)
	}
	return fileEvents{watcher}
}

// next waits until a relevant file has changed. At the end of the context it closes the
// watcher.
func (e fileEvents) next(ctx context.Context) error {
	err := e.watcher.Next(ctx)
	if err != nil {
		e.watcher.Close()
	}
	return err
}
