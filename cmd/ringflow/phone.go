package main

import (
	"context"
	"fmt"
	"net/netip"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"ringflow/media"
	"ringflow/sip"
)

func phoneCommand() *cobra.Command {
	var f phoneFlags
	var answer bool
	var to, from string
	var ring time.Duration
	cmd := &cobra.Command{
		Use:   "phone",
		Short: "Be a phone of the running server: register and take calls",
		Long: "Registers as a user of the running server and takes calls until Ctrl-C. With --as carrier it is the\n" +
			"demo's carrier: what the demo calls in the outside world rings here. Texts that come are shown; with --to\n" +
			"each line of the input is sent as a text, and the end of the input ends the phone.",
		Example: "  ringflow phone --as alice --answer\n  ringflow phone --as carrier --answer --play hello.wav\n  ringflow phone --as carrier --to +18005550100",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := f.prepare(); err != nil {
				return err
			}
			ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM)
			defer stop()
			return f.wait(ctx, cmd, answer, ring, to, from)
		},
	}
	f.add(cmd, "alice")
	cmd.Flags().BoolVar(&answer, "answer", false, "answer calls (otherwise they ring until the caller gives up)")
	cmd.Flags().DurationVar(&ring, "ring", time.Second, "how long to ring before answering")
	cmd.Flags().StringVar(&to, "to", "", "`NUMBER` or name to which each line of the input is written")
	cmd.Flags().StringVar(&from, "from", "+12025550143", "number of who writes, when writing as the carrier")
	return cmd
}

func (f *phoneFlags) wait(ctx context.Context, cmd *cobra.Command, answer bool, ring time.Duration, to, from string) error {
	t, err := f.find(cmd)
	if err != nil {
		return err
	}
	show := newDisplay(cmd.OutOrStdout())
	bind := netip.AddrPortFrom(t.bind, 0)
	if t.user == "" {
		bind = netip.AddrPortFrom(t.bind, t.carrierPort())
	}
	var engine *media.Engine // set before the first call can come
	phone, err := newSoftphone(ctx, phoneOptions{
		Bind: bind, Server: t.server, User: t.user, Password: t.secret, Show: show, Log: zap.NewNop(),
		Answer: func(ctx context.Context, in *sip.Invite) error { return f.take(ctx, in, engine, show, answer, ring) },
		Engine: func(e *media.Engine) { engine = e }, Text: heard(show),
	})
	if err != nil {
		return err
	}
	defer phone.Close()
	if t.user == "" {
		show.line("the carrier's phones are at %s; Ctrl-C ends", bind)
	} else if err := phone.registered(ctx); err != nil {
		return fmt.Errorf("register as %s at %s: %w", t.user, t.server, err)
	} else {
		show.line("registered as %s at %s; Ctrl-C ends", t.user, t.server)
	}
	if to != "" {
		if t.user != "" {
			from = t.user
		}
		return phone.write(ctx, cmd.InOrStdin(), to, from)
	}
	<-ctx.Done()
	return nil
}

// take rings, answers and talks. It runs in the call's own goroutine.
func (f *phoneFlags) take(ctx context.Context, in *sip.Invite, engine *media.Engine, show *display, answer bool, ring time.Duration) error {
	show.line("rings: %s %s calls %s", in.From.Name, in.From.User, in.RequestURI.User)
	if err := in.Leg.Ring(ctx, false); err != nil {
		return err
	}
	if !answer {
		<-ctx.Done()
		show.line("stopped ringing (%v)", context.Cause(ctx))
		return nil
	}
	select {
	case <-time.After(ring):
	case <-ctx.Done():
		show.line("stopped ringing (%v)", context.Cause(ctx))
		return nil
	}
	port, err := engine.Open(media.PortOptions{Signalling: in.Source.Addr()})
	if err != nil {
		return err
	}
	in.Leg.Attach(port)
	if err := in.Leg.Answer(ctx); err != nil {
		return err
	}
	show.line("answered (%s)", port.Codec())
	return f.talk(ctx, in.Leg, port, show)
}
