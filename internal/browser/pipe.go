package browser

import (
	"errors"
	"io"
	"os"
)

// pipe is this end of the two pipes of the Chrome DevTools Protocol.
type pipe struct {
	io.Reader
	io.Writer

	read, write *os.File
}

// Close ends the conversation; Chromium then ends too.
func (p *pipe) Close() error { return errors.Join(p.read.Close(), p.write.Close()) }

// openPipe makes the pipes, and returns their other ends: what the browser reads, and what it writes.
func (w *Window) openPipe() (theirs []*os.File, err error) {
	theirRead, ourWrite, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	ourRead, theirWrite, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, theirRead.Close(), ourWrite.Close())
	}
	w.Pipe = &pipe{ourRead, ourWrite, ourRead, ourWrite}
	return []*os.File{theirRead, theirWrite}, nil
}

func (w *Window) closePipe() error {
	if w.Pipe == nil {
		return nil
	}
	return w.Pipe.Close()
}

func closeAll(files []*os.File) {
	for _, f := range files {
		_ = f.Close()
	}
}
