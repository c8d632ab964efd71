package session

import "strings"

// info takes digits out of an INFO request. It runs on the leg's strand.
func (p *party) info(contentType string, body []byte) {
	p.mu.Lock()
	a := p.audio
	p.mu.Unlock()
	if d := infoDigit(contentType, string(body)); d != 0 && a != nil {
		a.InjectDigit(d)
	}
}

// infoDigit reads application/dtmf-relay ("Signal=5\r\nDuration=160") and
// application/dtmf ("5"), as phones send them; no RFC says more.
func infoDigit(contentType, body string) rune {
	kind, _, _ := strings.Cut(contentType, ";")
	switch strings.ToLower(strings.TrimSpace(kind)) {
	case "application/dtmf-relay":
		signal := ""
		for line := range strings.Lines(body) {
			if k, v, ok := strings.Cut(line, "="); ok && strings.EqualFold(strings.TrimSpace(k), "signal") {
				signal = v
			}
		}
		body = signal
	case "application/dtmf":
	default:
		return 0
	}
	body = strings.ToUpper(strings.TrimSpace(body))
	switch body {
	case "10":
		return '*'
	case "11":
		return '#'
	}
	if len(body) != 1 || !strings.Contains("0123456789*#ABCD", body) {
		return 0
	}
	return rune(body[0])
}
