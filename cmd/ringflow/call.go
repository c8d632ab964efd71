package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"ringflow/sip"
)

func callCommand() *cobra.Command {
	var f phoneFlags
	var from string
	cmd := &cobra.Command{
		Use:   "call NUMBER",
		Short: "Call a number of the running server, and show what happens",
		Long: "Places a real SIP call to the running server: as the demo's carrier, or with --as as one of its users.\n" +
			"Shows live what happens: ringing, answer, what the flow does and says, and how loud it is.",
		Example: "  ringflow call +18005550100 --press 1\n  ringflow call 4001 --as alice --play hello.wav\n  ringflow call '*65' --as bob --save heard.wav",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.checkFiles(); err != nil {
				return err
			}
			ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM)
			defer stop()
			return f.call(ctx, cmd, args[0], from)
		},
	}
	f.add(cmd, carrier)
	cmd.Flags().StringVar(&from, "from", "+12025550143", "caller's number, when calling as the carrier")
	return cmd
}

func (f *phoneFlags) call(ctx context.Context, cmd *cobra.Command, number, from string) error {
	t, err := f.find(cmd)
	if err != nil {
		return err
	}
	show := newDisplay(cmd.OutOrStdout())
	phone, err := newSoftphone(ctx, phoneOptions{
		Bind: netip.AddrPortFrom(t.bind, 0), Server: t.server, User: t.user, Password: t.secret, Show: show, Log: zap.NewNop(),
	})
	if err != nil {
		return err
	}
	defer phone.Close()
	who := firstOf(t.user, from)
	show.line("calling %s at %s as %s", number, t.server, who)
	trace := t.api.follow(ctx, show, who)
	defer trace.Close()
	leg, port, err := phone.dial(ctx, number, from)
	var refused *sip.Status
	switch {
	case errors.As(err, &refused):
		show.line("refused: %d %s", refused.Code, firstOf(refused.Reason, sip.ReasonPhrase(refused.Code)))
		trace.settle()
		return errSaid
	case ctx.Err() != nil:
		show.line("given up")
		return errSaid
	case err != nil:
		return fmt.Errorf("call %s: %w", number, err)
	}
	show.line("answered (%s)", port.Codec())
	err = f.talk(ctx, leg, port, show)
	trace.settle()
	return err
}
