package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"testing"
)

// deskHost is where users' phones that sipp plays live: nobody is known there by address.
const deskHost = "127.0.0.3"

// startDesk registers sipp as a user's phone, and runs a scenario as that phone. Sound that
// it is sent comes back to where it is from.
func (h *house) startDesk(t *testing.T, u phoneAccount, scenario string, more ...string) *sipp {
	t.Helper()
	port := freePort(t)
	as := []string{"-s", u.SipUserName, "-au", u.SipUserName, "-ap", u.SipPassword, "-i", deskHost, "-p", strconv.Itoa(port), "-cid_str", "%u-%p-%s"}
	h.sipp(t, "register", as...)
	s := h.startSipp(t, scenario, append(append(as, "-rtp_echo", "-mi", deskHost), more...)...)
	h.listening(deskHost, port)
	return s
}

// told are all texts of that kind in the messages of a scenario, the same one after the
// other only once.
func (s *sipp) told(pattern *regexp.Regexp) (all []string) {
	s.t.Helper()
	messages, _ := os.ReadFile(filepath.Join(s.dir, "messages"))
	for _, m := range pattern.FindAllSubmatch(messages, -1) {
		if one := string(m[1]); len(all) == 0 || all[len(all)-1] != one {
			all = append(all, one)
		}
	}
	return all
}

// isTold wants these to have been told, in this order and nothing else.
func (s *sipp) isTold(pattern *regexp.Regexp, want ...string) {
	s.t.Helper()
	if got := s.told(pattern); !slices.Equal(got, want) {
		s.t.Errorf("sipp %s was told %q, not %q", s.name, got, want)
	}
}
