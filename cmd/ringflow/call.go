package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os/signal"
	"strings"
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
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return fmt.Errorf("call takes one number, such as `ringflow call %s`; %d are given", demoNumber, len(args))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.prepare(); err != nil {
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
		show.line("%s", told(refused, t))
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

// told puts a refusal in words, with what can be done about it.
func told(s *sip.Status, t *target) string {
	text := fmt.Sprintf("refused: %d %s", s.Code, firstOf(s.Reason, sip.ReasonPhrase(s.Code)))
	switch s.Code {
	case 401, 403, 407:
		if t.user != "" {
			return text + ": the server does not take " + t.user + " with this password (--as, --sip-password)"
		}
		return text + ": the server does not take calls from " + t.bind.String() + "; the demo does (demo: true), or call as a user (--as)"
	case 404:
		if t.user == "" {
			return text + ": no endpoint of the server has this number"
		}
	case 408:
		if strings.HasPrefix(s.Reason, "No answer from") {
			return fmt.Sprintf("no SIP server answers at %s (udp)", t.server)
		}
	case 503:
		return text + ": the server is full, starting or about to stop"
	}
	return text
}
