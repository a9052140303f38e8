package desktop

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/godbus/dbus/v5"

	"hotspot-helper/internal/systembus"
)

// slowly is a bus whose services take time for every call.
type slowly struct{ calls int }

func (s *slowly) Subscribe(systembus.Subscription) (stop func()) { return func() {} }

func (s *slowly) Call(ctx context.Context, _ string, _ dbus.ObjectPath, method string, _ ...any) ([]any, error) {
	s.calls++
	if method == managerService+".GetDevices" {
		paths := make([]dbus.ObjectPath, 10*maxDevices)
		for i := range paths {
			paths[i] = "/d"
		}
		return []any{paths}, nil
	}
	<-ctx.Done()
	return nil, context.Cause(ctx)
}

// A service that answers nothing keeps nobody for long, however much it lists.
func TestSlowServices(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		logger := slog.New(slog.DiscardHandler)
		bus := &slowly{}
		c := &connectivity{bus: client{bus}, logger: logger}
		c.forget()
		began := time.Now()
		c.handle(t.Context())
		if took := time.Since(began); took != newsTime || bus.calls < 2 {
			t.Errorf("%d calls of NetworkManager take %v, want %v", bus.calls, took, newsTime)
		}
		began = time.Now()
		if _, err := (&seats{bus: client{bus}, logger: logger}).read(t.Context()); err == nil || time.Since(began) > newsTime {
			t.Errorf("logind takes %v, %v", time.Since(began), err)
		}
	})
}
