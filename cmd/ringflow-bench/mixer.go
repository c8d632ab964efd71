package main

import (
	"net/netip"
	"strings"

	"ringflow/media"
)

// mixer joins calls of one name by the server's own ports and bridge, without
// its SIP and flows: what a conference costs.
type mixer struct {
	engine *media.Engine
	rooms  map[string]*media.Bridge
}

func newMixer() *mixer {
	return &mixer{
		engine: &media.Engine{Listen: netip.MustParseAddr("127.0.0.1"), Pacer: media.NewPacer(0)},
		rooms:  map[string]*media.Bridge{},
	}
}

func (m *mixer) join(room, invite string) (answer string, leave func(), err error) {
	_, body, _ := strings.Cut(invite, "\r\n\r\n")
	to, _, _ := sound(invite)
	port, err := m.engine.Open(media.PortOptions{Signalling: to.Addr()})
	if err != nil {
		return "", nil, err
	}
	sdp, err := port.Answer([]byte(body))
	if err != nil {
		port.Close()
		return "", nil, err
	}
	b := m.rooms[room]
	if b == nil {
		b = media.NewBridge(m.engine.Pacer)
		m.rooms[room] = b
	}
	out := b.Join(port)
	return string(sdp), func() { out(); port.Close() }, nil
}
