package nl80211

import mdlayher "github.com/mdlayher/wifi"

// fakeClient stands in for the library's client, weaknesses included.
type fakeClient struct{ kernel *kernel }

func (c fakeClient) Interfaces() ([]*mdlayher.Interface, error) {
	k := c.kernel
	k.mu.Lock()
	defer k.mu.Unlock()
	k.asked++
	var interfaces []*mdlayher.Interface
	for _, r := range k.radios {
		interfaces = append(interfaces, &mdlayher.Interface{Index: int(r.index), Name: r.name, Type: mdlayher.InterfaceType(r.mode)})
	}
	return interfaces, nil
}

func (c fakeClient) AccessPoints(station *mdlayher.Interface) ([]*mdlayher.BSS, error) {
	k := c.kernel
	k.mu.Lock()
	defer k.mu.Unlock()
	k.asked++
	r, err := k.find(station.Index)
	if err != nil {
		return nil, err
	}
	var found []*mdlayher.BSS
	for _, b := range r.heard {
		found = append(found, b.parsed())
	}
	return found, nil
}

// parsed is what the library makes of an access point. Both weaknesses are those
// of v0.10.0: it stops at elements that it cannot read, which come before channel
// and signal, and takes a signal without a unit for four octets.
func (b bss) parsed() *mdlayher.BSS {
	if b.unitless {
		panic("index out of range [3] with length 1")
	}
	if b.torn {
		return &mdlayher.BSS{BSSID: b.bssid[:]}
	}
	return &mdlayher.BSS{BSSID: b.bssid[:], Frequency: int(b.frequency), Signal: b.mbm}
}

func (c fakeClient) Close() error {
	c.kernel.mu.Lock()
	defer c.kernel.mu.Unlock()
	c.kernel.open--
	return nil
}
