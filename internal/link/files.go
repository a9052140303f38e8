package link

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"path"

	"golang.org/x/sys/unix"
)

// fileEvents waits for changes of the files that have name servers or a captive portal
// API. They often change after the addresses, without a link event of the kernel.
type fileEvents struct {
	file  *os.File         // an inotify(7) descriptor
	names map[int32]string // relevant files by watch, as a glob
}

// watchFiles watches the directories that exist now, until the context ends. It returns
// nil if none exists, or if inotify is not available.
func (r *reader) watchFiles(ctx context.Context) source {
	fd, err := unix.InotifyInit1(unix.IN_NONBLOCK | unix.IN_CLOEXEC)
	if err != nil {
		r.log().Debug("name server files not watched", "error", os.NewSyscallError("inotify_init1", err))
		return nil
	}
	events := &fileEvents{file: os.NewFile(uintptr(fd), "inotify"), names: map[int32]string{}}
	places := []place{
		{"etc", "resolv.conf"},
		{"run/systemd/resolve", "resolv.conf"},
		{"run/systemd/netif/links", "*"},
		// NetworkManager rewrites files here when its name servers change, such as
		// no-stub-resolv.conf, even if it does not manage resolv.conf.
		{"run/NetworkManager", "*"},
	}
	for _, at := range append(places, leaseFiles()...) {
		const kinds = unix.IN_CLOSE_WRITE | unix.IN_MOVED_TO | unix.IN_DELETE | unix.IN_ONLYDIR
		watch, err := unix.InotifyAddWatch(fd, r.path(at.directory), kinds)
		if err != nil {
			r.log().Debug("directory not watched", "path", r.path(at.directory), "cause", err)
			continue
		}
		events.names[int32(watch)] = at.names
	}
	if len(events.names) == 0 {
		events.file.Close()
		return nil
	}
	context.AfterFunc(ctx, func() { events.file.Close() }) // ends a next that waits
	return events
}

// next waits until a relevant file has changed.
func (e *fileEvents) next(context.Context) error {
	buffer := make([]byte, 4096)
	for {
		n, err := e.file.Read(buffer)
		if err != nil {
			return fmt.Errorf("receive file events: %w", err)
		}
		if e.relevant(buffer[:n]) {
			return nil
		}
	}
}

// relevant reports whether these events are about a relevant file (struct inotify_event:
// watch, mask, cookie, length of the name, name and zeros).
func (e *fileEvents) relevant(data []byte) bool {
	for len(data) >= unix.SizeofInotifyEvent {
		watch := int32(binary.NativeEndian.Uint32(data))
		mask := binary.NativeEndian.Uint32(data[4:])
		length := binary.NativeEndian.Uint32(data[12:])
		data = data[unix.SizeofInotifyEvent:]
		if uint64(length) > uint64(len(data)) {
			return true // malformed: rather read again than miss a change
		}
		name := string(bytes.TrimRight(data[:length], "\x00"))
		data = data[length:]
		wanted, known := e.names[watch]
		matches, err := path.Match(wanted, name)
		if mask&unix.IN_Q_OVERFLOW != 0 || known && (matches || err != nil) {
			return true
		}
	}
	return false
}
