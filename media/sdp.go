package media

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/pion/sdp/v3"
)

const (
	maxSDP      = 64 << 10
	maxSDPLines = 2000
	maxMedia    = 16 // m= lines
	maxFormats  = 64 // payload types in one m= line that are looked at
)

// direction says who sends, seen from one side.
type direction uint8

const (
	sends direction = 1 << iota
	receives
	inactive direction = 0
	sendrecv           = sends | receives
)

func (d direction) String() string {
	return [...]string{"inactive", "sendonly", "recvonly", "sendrecv"}[d&sendrecv]
}

// complement is the same stream seen from the other side (RFC 3264 6.1).
func (d direction) complement() direction {
	return d&sends<<1 | d&receives>>1
}

// format is a line of a=rtpmap, or what its static payload type stands for.
type format struct {
	pt    uint8
	name  string // in capitals
	clock int
}

const telephoneEvent = "TELEPHONE-EVENT"

// remoteMedia is one m= line of the far end.
type remoteMedia struct {
	kind, proto, first string
	port               int
	addr               netip.Addr // of c=; invalid: not an IP address
	rtcp               netip.AddrPort
	mux                bool
	dir                direction // as the far end sees it
	formats            []format
	ptime              int
}

// remoteSDP is what we read of the far end's SDP.
type remoteSDP struct {
	media []remoteMedia
}

// parseSDP reads an SDP generously where the meaning is clear, and wraps
// ErrBadSDP where it is not.
func parseSDP(body []byte) (*remoteSDP, error) {
	tidy, err := tidySDP(body)
	if err != nil {
		return nil, err
	}
	var d sdp.SessionDescription
	if err := d.UnmarshalString(tidy.text()); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBadSDP, err)
	}
	session, _ := connection(d.ConnectionInformation)
	sessionDir, _ := directionOf(d.Attributes)
	r := &remoteSDP{}
	if len(d.MediaDescriptions) != len(tidy.media) {
		return nil, fmt.Errorf("%w: m= lines that cannot be told apart", ErrBadSDP)
	}
	for i, m := range d.MediaDescriptions {
		x := remoteMedia{
			kind: tidy.media[i].kind, proto: tidy.media[i].proto, first: tidy.media[i].first,
			port: m.MediaName.Port.Value, addr: session, dir: sessionDir,
		}
		if a, ok := connection(m.ConnectionInformation); ok {
			x.addr = a
		}
		if dir, ok := directionOf(m.Attributes); ok {
			x.dir = dir
		}
		x.formats = formatsOf(m)
		if v, ok := m.Attribute("ptime"); ok {
			x.ptime, _ = strconv.Atoi(strings.TrimSpace(v))
		}
		_, x.mux = m.Attribute("rtcp-mux")
		x.rtcp = rtcpOf(m, x.addr, x.port)
		if x.addr.IsUnspecified() && x.dir&receives != 0 {
			x.dir &^= receives // hold as it was before RFC 3264
		}
		r.media = append(r.media, x)
	}
	return r, nil
}

func connection(c *sdp.ConnectionInformation) (netip.Addr, bool) {
	if c == nil || c.Address == nil {
		return netip.Addr{}, false
	}
	a, err := netip.ParseAddr(c.Address.Address)
	if err != nil { // a host name: media will be learnt from the signalling's address
		return netip.Addr{}, true
	}
	return a.Unmap().WithZone(""), true
}

func directionOf(attrs []sdp.Attribute) (direction, bool) {
	for _, a := range attrs {
		switch a.Key {
		case "sendrecv":
			return sendrecv, true
		case "sendonly":
			return sends, true
		case "recvonly":
			return receives, true
		case "inactive":
			return inactive, true
		}
	}
	return sendrecv, false
}

// staticFormat is what a payload type stands for without an a=rtpmap (RFC 3551
// section 6).
func staticFormat(pt uint8) (format, bool) {
	c := CodecByPayloadType(pt)
	if c == nil {
		return format{}, false
	}
	return format{pt, c.Name, c.ClockRate}, true
}

func formatsOf(m *sdp.MediaDescription) []format {
	maps := map[uint8]format{}
	for _, a := range m.Attributes {
		if a.Key != "rtpmap" || len(maps) >= maxFormats {
			continue
		}
		pt, what, _ := strings.Cut(strings.TrimSpace(a.Value), " ")
		n, err := strconv.ParseUint(pt, 10, 7)
		name, rest, _ := strings.Cut(strings.TrimSpace(what), "/")
		clock, channels, _ := strings.Cut(rest, "/")
		hz, err2 := strconv.Atoi(clock)
		if err != nil || err2 != nil || (channels != "" && channels != "1") {
			continue
		}
		maps[uint8(n)] = format{uint8(n), strings.ToUpper(name), hz}
	}
	var out []format
	for _, f := range m.MediaName.Formats {
		n, err := strconv.ParseUint(f, 10, 7)
		if err != nil || len(out) >= maxFormats {
			continue
		}
		if x, ok := maps[uint8(n)]; ok {
			out = append(out, x)
		} else if x, ok := staticFormat(uint8(n)); ok {
			out = append(out, x)
		}
	}
	return out
}

// rtcpOf is where the far end wants RTCP: a=rtcp (RFC 3605), else the port
// after RTP's.
func rtcpOf(m *sdp.MediaDescription, addr netip.Addr, port int) netip.AddrPort {
	if v, ok := m.Attribute("rtcp"); ok {
		f := strings.Fields(v)
		if len(f) > 0 {
			if p, err := strconv.ParseUint(f[0], 10, 16); err == nil && p > 0 {
				if len(f) == 4 {
					if a, err := netip.ParseAddr(f[3]); err == nil {
						addr = a.Unmap()
					}
				}
				return netip.AddrPortFrom(addr, uint16(p))
			}
		}
	}
	return netip.AddrPortFrom(addr, uint16(min(port+1, 65535)))
}
