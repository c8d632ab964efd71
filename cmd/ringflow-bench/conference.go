package main

import "fmt"

// conferenceSize is how many meet in each of the conferences.
const conferenceSize = 50

// conferences are the numbers of four rooms.
var conferences = []string{"+18005550130", "+18005550131", "+18005550132", "+18005550133"}

// conference measures calls in full conferences, of which everybody speaks. The
// floor is the least for a participant: a packet comes and another goes to
// somebody else, each 20 ms, and nobody mixes.
func (b *bench) conference() error {
	n := conferenceSize * len(conferences)
	head(fmt.Sprintf("%d conferences of %d, PCMU, all speak", len(conferences), conferenceSize))
	s, err := b.sound(b.server.child, b.server.sip, n, func(i int) string { return conferences[i/conferenceSize] }, false, false, 1)
	if err != nil {
		return fmt.Errorf("conference of %d: %w; the last session's log:%s", conferenceSize, err, b.server.why())
	}
	f, err := b.sound(b.floor, b.fsip, n, func(i int) string { return fmt.Sprintf("pair%d", i/2) }, false, false, 1)
	if err != nil {
		return err
	}
	fmt.Println(figure{fmt.Sprintf("conference of %d: CPU per participant-second", conferenceSize), s.cpu, f.cpu, "ms"})
	fmt.Printf("| conference of %d: packet spacing p50 / p99 / max | %s | %s | |\n", conferenceSize, s.spacing(), f.spacing())
	return nil
}
