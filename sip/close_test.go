package sip

import (
	"testing"
	"testing/synctest"
	"time"
)

// closing closes the UA beside the test; over is closed when that is done.
func closing(t *testing.T, ua *UA) (over chan struct{}) {
	over = make(chan struct{})
	go func() {
		defer close(over)
		if err := ua.Close(); err != nil {
			t.Error(err)
		}
	}()
	return over
}

// Close takes leave: who rings for us has his 487 acknowledged, or he would
// repeat it for 32 s.
func TestCloseWhileItRings(t *testing.T) {
	for name, answer := range map[string]func(p *peer, inv msgOf){
		"487": func(p *peer, inv msgOf) {
			p.reply(inv, 487, "b", "")
			p.expect("ACK")
		},
		"a 200 that crosses the CANCEL": func(p *peer, inv msgOf) {
			p.reply(inv, 200, "b", "v=0 late")
			p.expect("ACK")
			p.reply(p.expect("BYE"), 200, "", "")
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ua, p, _ := facing(t, nil)
				go ua.Dial(t.Context(), Dial{To: "sip:bob@10.0.0.2"}, &audio{name: "alice"})
				inv := p.expect("INVITE")
				p.reply(inv, 180, "b", "")
				over := closing(t, ua)
				p.reply(p.expect("CANCEL"), 200, "b", "")
				answer(p, inv)
				<-over
			})
		})
	}
}

// An INVITE that nobody has heard of can't be cancelled before its first 1xx.
func TestCloseBeforeItRings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ua, p, _ := facing(t, nil)
		go ua.Dial(t.Context(), Dial{To: "sip:bob@10.0.0.2"}, &audio{name: "alice"})
		inv := p.expect("INVITE")
		over := closing(t, ua)
		time.Sleep(100 * time.Millisecond)
		p.reply(inv, 180, "b", "")
		p.reply(p.expect("CANCEL"), 200, "b", "")
		p.reply(inv, 487, "b", "")
		p.expect("ACK")
		<-over
	})
}

// A BYE that is lost is sent again; one that nobody ever answers holds Close up
// for no longer than farewellTime.
func TestCloseWithACallUp(t *testing.T) {
	for _, answered := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			ua, p, _ := facing(t, nil)
			up := make(chan error, 1)
			go func() {
				_, err := ua.Dial(t.Context(), Dial{To: "sip:bob@10.0.0.2"}, &audio{name: "alice"})
				up <- err
			}()
			p.reply(p.expect("INVITE"), 200, "b", "v=0 answer")
			p.expect("ACK")
			if err := <-up; err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			over := closing(t, ua)
			p.expect("BYE")
			bye := p.expect("BYE")
			if answered {
				p.reply(bye, 200, "", "")
			}
			<-over
			if took := time.Since(began); answered && took >= farewellTime || took > farewellTime {
				t.Errorf("answered %v: Close took %s", answered, took)
			}
		})
	}
}
