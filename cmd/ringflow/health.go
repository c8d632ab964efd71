package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"ringflow/api"
)

// ready says why the server should get no new traffic; nil when it should.
func (s *server) ready() error {
	if s.calls.Draining() {
		return errors.New("draining")
	}
	if p := s.engine.Ports.Stats(); p.Pairs-p.Held-p.Quarantined < 1 {
		return fmt.Errorf("no media port is free: %d held, %d resting", p.Held, p.Quarantined)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	if err := s.store.Ping(ctx); err != nil {
		return fmt.Errorf("store: %w", err)
	}
	return nil
}

// trunk is how a trunk does, in the API's words.
func (s *server) trunk(endpointID string) (api.TrunkState, bool) {
	t, ok := s.ua.TrunkState(endpointID)
	return api.TrunkState{Registered: t.Registered, LastError: t.LastError, LastSeen: t.LastSeen, ActiveCalls: t.ActiveCalls}, ok
}

// metrics reads the rooms' counters out for /metrics.
func (s *server) metrics() []func() []api.Sample {
	return []func() []api.Sample{s.sipSamples, s.mediaSamples, s.outboxSamples, s.linkSamples}
}

func (s *server) sipSamples() []api.Sample {
	st := s.ua.Stats()
	out := []api.Sample{
		{Name: "ringflow_sip_dialogs", Help: "Dialogs up now.", Value: float64(st.Dialogs)},
		{Name: "ringflow_sip_subscriptions", Help: "Lamps and voicemail boxes that phones watch now.", Value: float64(st.Subscriptions)},
		{Name: "ringflow_sip_notify_failed_total", Help: "NOTIFYs that no phone took.", Total: true, Value: float64(st.NotifyFailed)},
		{Name: "ringflow_sip_connections", Help: "TCP and TLS connections now.", Value: float64(st.Connections)},
		{Name: "ringflow_sip_retransmitted_total", Help: "Messages that we sent again.", Total: true, Value: float64(st.Retransmitted)},
		{Name: "ringflow_sip_panics_total", Help: "Messages whose handling failed by a fault of ours.", Total: true, Value: float64(st.Panics)},
	}
	for _, m := range []struct {
		name, help, label string
		values            map[string]uint64
	}{
		{"ringflow_sip_requests_total", "Requests received.", "method", st.Received},
		{"ringflow_sip_responses_total", "Final responses that we gave.", "code", st.Answered},
		{"ringflow_sip_refused_total", "Messages that went no further.", "reason", st.Refused},
	} {
		for k, v := range m.values {
			out = append(out, api.Sample{Name: m.name, Help: m.help, Total: true, Labels: map[string]string{m.label: strings.ToLower(k)}, Value: float64(v)})
		}
	}
	return out
}

func (s *server) mediaSamples() []api.Sample {
	p, ports := s.engine.Pacer.Stats(), s.engine.Ports.Stats()
	return []api.Sample{
		{Name: "ringflow_media_ports_held", Help: "Pairs of media ports in use.", Value: float64(ports.Held)},
		{Name: "ringflow_media_ports_resting", Help: "Pairs of media ports kept free after use, so that late packets are not heard in the next call.", Value: float64(ports.Quarantined)},
		{Name: "ringflow_pacer_ticks_total", Help: "Media ticks done.", Total: true, Value: float64(p.Ticks)},
		{Name: "ringflow_pacer_late_total", Help: "Media ticks that ran more than 5 ms after their time.", Total: true, Value: float64(p.Late)},
		{Name: "ringflow_pacer_skipped_total", Help: "Media frames left out because the clock was over 100 ms behind: the machine is too slow for its calls.", Total: true, Value: float64(p.Skipped)},
		{Name: "ringflow_pacer_late_seconds_total", Help: "Sum of the delays of late media ticks.", Total: true, Value: p.LateBy.Seconds()},
		{Name: "ringflow_pacer_lag_seconds", Help: "How far the most belated part of the media clock is behind.", Value: p.Lag.Seconds()},
	}
}
