package media

import (
	"net/netip"
	"strings"
	"testing"
	"time"
)

// toneParty is a phone that knows no telephone-event: its keys are tones.
func (h *house) toneParty() *party {
	h.t.Helper()
	x := &party{phone: h.open(PortOptions{}), port: h.open(PortOptions{}), hears: &ear{}}
	offer, err := x.phone.Offer()
	if err != nil {
		h.t.Fatal(err)
	}
	offer = []byte(strings.NewReplacer("a=rtpmap:101 telephone-event/8000\r\n", "", "a=fmtp:101 0-15\r\n", "", " 101\r\n", "\r\n").Replace(string(offer)))
	answer, err := x.port.Answer(offer)
	if err != nil {
		h.t.Fatal(err)
	}
	if err := x.phone.Accept(answer); err != nil {
		h.t.Fatal(err)
	}
	x.phone.Tap(nil, x.hears)
	return x
}

// longestSound is the longest stretch of samples that is not silence.
func longestSound(s []int16) (longest int) {
	run, gap := 0, 0
	for _, v := range s {
		if v > 100 || v < -100 {
			run, gap = run+gap+1, 0
			longest = max(longest, run)
		} else if gap++; gap > 16 || run == 0 {
			run, gap = 0, 0
		}
	}
	return longest
}

// A key told by a tone comes to the other side as an event, and not as a tone
// again, wherever in a frame it began; nor does a recording keep it.
func TestToneInABridgeIsOneDigit(t *testing.T) {
	const digits = "159#"
	bubble(t, func(t *testing.T, h *house, n *memNet) {
		a, b := h.toneParty(), h.party(PortOptions{})
		br := NewBridge(h.engine.Pacer)
		br.Join(a.port)
		br.Join(b.port)
		tape := &ear{}
		a.port.Tap(nil, tape)
		time.Sleep(time.Second + 1)
		for phase := 0; phase < 160; phase += 7 { // of a frame, and of a block of the detector
			tones, err := DigitTones(digits, 0, 0)
			if err != nil {
				t.Fatal(err)
			}
			late := &delayed{s: tones, n: phase}
			if err := a.phone.Play(t.Context(), late); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
			expectDigits(t, "our side", a.port, digits)
			expectDigits(t, "the other side", b.phone, digits)
			for who, s := range map[string][]int16{"the other side": b.hears.take(), "the recording": tape.take()} {
				// 23 ms is what nobody may take for a digit (ITU-T Q.24).
				if n := longestSound(s); n > 23*8 {
					t.Errorf("phase %d: %s has %.1f ms of a tone", phase, who, float64(n)/8)
				}
			}
		}
	})
}

// delayed puts n samples of silence before a source.
type delayed struct {
	s    Source
	n    int
	rest []int16
}

func (d *delayed) ReadFrame(f Frame) error {
	if d.rest == nil {
		d.rest = make([]int16, d.n)
	}
	next := make(Frame, len(f))
	err := d.s.ReadFrame(next)
	all := append(d.rest, next...)
	copy(f, all)
	d.rest = append([]int16{}, all[len(f):]...)
	return err
}

// A key held down stays down on the other side for as long: in a bridge that
// mixes, as an event to those who know them and as a tone to those who do not.
func TestHeldKeyStaysDown(t *testing.T) {
	bubble(t, func(t *testing.T, h *house, n *memNet) {
		talker, toner := h.party(PortOptions{}), h.toneParty()
		listener, heard := h.party(PortOptions{}), h.toneParty()
		br := NewBridge(h.engine.Pacer)
		for _, x := range []*party{talker, toner, listener, heard} {
			br.Join(x.port)
		}
		longest := time.Duration(0) // of the events that the listener gets
		var sound []int16           // what is sent to the one who gets tones
		n.hear(func(_, to netip.AddrPort, b []byte) {
			pkt, ok := parseRTP(b)
			switch {
			case !ok:
			case to == heard.phone.LocalAddr():
				f := make(Frame, 160)
				CodecByName("PCMU").Decode(f, pkt.payload)
				sound = append(sound, f...)
			case to == listener.phone.LocalAddr() && pkt.pt == eventPT:
				units := int(pkt.payload[2])<<8 | int(pkt.payload[3])
				longest = max(longest, time.Duration(units)*time.Second/8000)
			}
		})
		time.Sleep(time.Second + 1)
		for _, held := range []time.Duration{60 * time.Millisecond, 400 * time.Millisecond, 2 * time.Second} {
			want := max(held, digitFrames*FrameDuration)
			for who, press := range map[string]func(){
				"an event": func() {
					talker.phone.mu.Lock()
					talker.phone.out.events.push(5)
					talker.phone.out.events.hold = true
					talker.phone.mu.Unlock()
					time.Sleep(held)
					talker.phone.releaseDigit()
				},
				"a tone": func() {
					tone, err := DigitTones("5", held, 0)
					if err != nil {
						t.Fatal(err)
					}
					if err := toner.phone.Play(t.Context(), tone); err != nil {
						t.Fatal(err)
					}
				},
			} {
				press()
				time.Sleep(time.Second)
				expectDigits(t, "the one with events, from "+who, listener.phone, "5")
				n.mu.Lock()
				got, tone := longest, time.Duration(longestSound(sound))*time.Second/8000
				longest, sound = 0, nil
				n.mu.Unlock()
				if got < want-40*time.Millisecond || got > want+60*time.Millisecond {
					t.Errorf("%v of %s became an event of %v", held, who, got)
				}
				if tone < want-40*time.Millisecond || tone > want+60*time.Millisecond {
					t.Errorf("%v of %s became a tone of %v", held, who, tone)
				}
			}
		}
	})
}
