package flowtest

import (
	"regexp"
	"strconv"
	"time"

	"ringflow/flow"
)

// pastSlots are those who are parked in a lot.
type pastSlots map[string]pastWaiting

type pastWaiting struct {
	Name  string `yaml:"name,omitempty"`
	Talks string `yaml:"talks,omitempty"`
}

type pastParking struct {
	Retrieved string   `yaml:"retrieved,omitempty"`
	By        string   `yaml:"by,omitempty"`
	Talks     string   `yaml:"talks,omitempty"`
	Full      []string `yaml:"full,omitempty,flow"`
}

var (
	parkedLine  = regexp.MustCompile(`^parked in the lot "(.*)", slot ([0-9]+), for `)
	fullLot     = regexp.MustCompile(`^the lot "(.*)" is full: `)
	toldLine    = regexp.MustCompile(`^(.+) was told the slot ([0-9]+)$`)
	untoldLine  = regexp.MustCompile(`^(.+) was not told the slot: (.*)$`)
	fetchedLine = regexp.MustCompile(`^retrieved by (.+) after ([0-9.,]+) s$`)
	fetchesLine = regexp.MustCompile(`^retrieves (.+) from the lot "(.*)", slot (.+)$`)
	togetherFor = regexp.MustCompile(`^talked for ([0-9.,]+) s(?:; the far end hung up)?$`)
)

// parked reads what became of a parked call, or of one who retrieves.
func (r *reader) parked(text string) bool {
	if n := r.nodes[r.cur]; n == nil || n.Spec.TypeName != "ParkNode" && n.Spec.TypeName != "RetrieveNode" {
		return false
	}
	w := &r.out.World
	slots := func(lot string) pastSlots {
		if w.Parked == nil {
			w.Parked = map[string]pastSlots{}
		}
		if w.Parked[lot] == nil {
			w.Parked[lot] = pastSlots{}
		}
		return w.Parked[lot]
	}
	meet := func(p pastParty) { // unless it is known already how it takes calls
		if _, known := w.Parties[r.params["AnnounceTo"]]; !known {
			w.Parties[r.params["AnnounceTo"]] = p
		}
	}
	if m := parkedLine.FindStringSubmatch(text); m != nil {
		r.entered = r.now
		slot, _ := strconv.Atoi(m[2])
		for n := flow.FirstSlot; n < slot; n++ { // it was the lowest that was free
			slots(m[1])[strconv.Itoa(n)] = pastWaiting{}
		}
		if r.params["MusicOnHold"] != "" {
			r.hear(r.params["MusicOnHold"])
		}
	} else if m := fullLot.FindStringSubmatch(text); m != nil {
		w.Parking.Full = append(w.Parking.Full, m[1])
	} else if m := toldLine.FindStringSubmatch(text); m != nil {
		length := time.Duration(len([]rune(flow.SlotWords(m[2]))))*perCharacter + flow.SlotPause
		meet(pastParty{Name: m[1], Answers: seconds(max(r.now.Sub(r.entered)-flow.SlotTold*length, 100*time.Millisecond))})
	} else if m := untoldLine.FindStringSubmatch(text); m != nil {
		after := seconds(max(r.now.Sub(r.entered), 100*time.Millisecond))
		p := pastParty{Name: m[1]}
		switch m[2] {
		case "no answer":
		case "busy":
			p.Busy = after
		case "rejected":
			p.Rejects = after
		case "hung up before hearing it":
			p.Answers, p.Leaves = after, "100ms"
		default:
			p.Fails = m[2]
		}
		meet(p)
	} else if m := fetchedLine.FindStringSubmatch(text); m != nil {
		w.Parking.By, w.Parking.Retrieved = m[1], seconds(span(m[2]))
		if w.Parking.Retrieved == "" {
			w.Parking.Retrieved = "0s"
		}
	} else if m := fetchesLine.FindStringSubmatch(text); m != nil {
		slots(m[2])[m[3]] = pastWaiting{Name: m[1]}
		r.fetches = [2]string{m[2], m[3]}
	} else if m := togetherFor.FindStringSubmatch(text); m != nil && len(r.dials) == 0 {
		talks := seconds(max(span(m[1]), 100*time.Millisecond))
		if waiting, ok := w.Parked[r.fetches[0]][r.fetches[1]]; ok {
			waiting.Talks = talks
			w.Parked[r.fetches[0]][r.fetches[1]] = waiting
		} else {
			w.Parking.Talks = talks
		}
	} else {
		return false
	}
	return true
}
