package media

import (
	"fmt"
	"strconv"
	"strings"
)

// tidySDP makes an SDP that the strict parser takes out of what PBXs and
// phones really send: any line end, no s= or t=, o= with spaces or with numbers
// longer than 64 bits, lines in odd order, lines that we do not need. It
// enforces our limits and refuses ports that are none.
func tidySDP(body []byte) (*sdpTidy, error) {
	if len(body) > maxSDP {
		return nil, fmt.Errorf("%w: %d bytes, at most %d are read", ErrBadSDP, len(body), maxSDP)
	}
	lines := strings.FieldsFunc(string(body), func(r rune) bool { return r == '\r' || r == '\n' })
	if len(lines) > maxSDPLines {
		return nil, fmt.Errorf("%w: %d lines, at most %d are read", ErrBadSDP, len(lines), maxSDPLines)
	}
	t := &sdpTidy{origin: "o=- 0 0 IN IP4 0.0.0.0"}
	for _, line := range lines {
		if err := t.line(strings.TrimRight(line, " \t\x00")); err != nil {
			return nil, err
		}
	}
	if len(t.media) == 0 {
		return nil, fmt.Errorf("%w: no m= line", ErrBadSDP)
	}
	return t, nil
}

type sdpTidy struct {
	origin, connection string
	attrs              []string
	media              []sdpTidyMedia
}

type sdpTidyMedia struct {
	kind, proto, first string // as they came: an answer repeats them
	line, connection   string
	attrs              []string
}

func (t *sdpTidy) line(line string) error {
	if len(line) < 2 || line[1] != '=' {
		return nil // not SDP: left out, as most others do
	}
	value := strings.TrimSpace(line[2:])
	switch line[0] {
	case 'v':
		if value != "0" {
			return fmt.Errorf("%w: version %q, only 0 exists", ErrBadSDP, clip(value))
		}
	case 'o':
		t.origin = tidyOrigin(value)
	case 'c':
		f := strings.Fields(value)
		if len(f) != 3 || f[0] != "IN" || (f[1] != "IP4" && f[1] != "IP6") {
			return fmt.Errorf("%w: connection %q, needed is c=IN IP4 or IP6 and an address", ErrBadSDP, clip(value))
		}
		f[2], _, _ = strings.Cut(f[2], "/")
		c := "c=" + strings.Join(f, " ")
		if len(t.media) == 0 {
			t.connection = c
		} else if m := &t.media[len(t.media)-1]; m.connection == "" {
			m.connection = c
		}
	case 'm':
		m, err := tidyMedia(value)
		if err != nil {
			return err
		}
		if len(t.media) == maxMedia {
			return fmt.Errorf("%w: more than %d m= lines", ErrBadSDP, maxMedia)
		}
		t.media = append(t.media, m)
	case 'a':
		if value == "" || value[0] == ':' {
			return nil
		}
		if len(t.media) == 0 {
			t.attrs = append(t.attrs, "a="+value)
		} else {
			m := &t.media[len(t.media)-1]
			m.attrs = append(m.attrs, "a="+value)
		}
	}
	return nil
}

// tidyOrigin makes six fields of o=. Only its being there matters: we identify
// a session by its dialog.
func tidyOrigin(value string) string {
	f := strings.Fields(value)
	if len(f) < 6 {
		return "o=- 0 0 IN IP4 0.0.0.0"
	}
	f = f[len(f)-6:]
	for i := 1; i <= 2; i++ {
		if _, err := strconv.ParseUint(f[i], 10, 63); err != nil {
			f[i] = "0"
		}
	}
	f[3] = "IN"
	if f[4] != "IP6" {
		f[4] = "IP4"
	}
	return "o=" + strings.Join(f, " ")
}

func tidyMedia(value string) (m sdpTidyMedia, err error) {
	f := strings.Fields(value)
	if len(f) < 4 {
		return m, fmt.Errorf("%w: media %q, needed are kind, port, profile and formats", ErrBadSDP, clip(value))
	}
	port, _, _ := strings.Cut(f[1], "/")
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return m, fmt.Errorf("%w: media port %q, ports go from 0 to 65535", ErrBadSDP, clip(f[1]))
	}
	m.kind, m.proto, m.first = clip(f[0]), clip(f[2]), clip(f[3])
	kind := "audio"
	if f[0] != kind { // the parser knows few kinds; it is declined in any case
		kind = "application"
	}
	// The parser knows few profiles, too. Whether we do is decided by m.proto.
	m.line = "m=" + kind + " " + port + " RTP/AVP " + strings.Join(f[3:], " ")
	return m, nil
}

func (t *sdpTidy) text() string {
	var b strings.Builder
	put := func(lines ...string) {
		for _, l := range lines {
			if l != "" {
				b.WriteString(l)
				b.WriteString("\r\n")
			}
		}
	}
	put("v=0", t.origin, "s=-", t.connection, "t=0 0")
	put(t.attrs...)
	for _, m := range t.media {
		put(m.line, m.connection)
		put(m.attrs...)
	}
	return b.String()
}

// clip keeps a stranger's text in a message short.
func clip(s string) string {
	if len(s) > 60 {
		return s[:60] + "…"
	}
	return s
}
