package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

func serveCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "serve",
		Short: "Run the server",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := load(cmd)
			if err != nil {
				return err
			}
			s := &server{Config: c, Out: cmd.OutOrStdout()}
			// Signals before the start: nothing may be lost by a Ctrl-C in the middle of it.
			signals := make(chan os.Signal, 2)
			signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
			defer signal.Stop(signals)
			if err := s.Start(cmd.Context()); err != nil {
				s.Close()
				return err
			}
			return s.untilStopped(signals)
		},
	}
}

// untilStopped serves until a signal or until a part of the server fails. The
// first signal drains, the second ends every call.
func (s *server) untilStopped(signals <-chan os.Signal) error {
	var failed error
	select {
	case <-signals:
	case failed = <-s.failed:
	}
	if failed != nil {
		s.Close()
		return failed
	}
	n := len(s.calls.Live(nil))
	fmt.Fprintf(s.Out, "Stopping: no new calls; %d still up, waited for at most %s. A second signal ends them.\n", n, s.Config.Drain.Timeout)
	ctx, cancel := context.WithTimeout(context.Background(), s.Config.Drain.Timeout)
	defer cancel()
	go func() { // ends with cancel
		select {
		case <-signals:
			cancel()
		case <-ctx.Done():
		}
	}()
	drained := s.Drain(ctx)
	s.Close()
	if drained != nil {
		return fmt.Errorf("calls were ended: %w", drained)
	}
	return nil
}
