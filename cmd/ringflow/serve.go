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
		Long: `Run the server until SIGTERM or SIGINT.

The first signal takes no new calls and waits for those that are up, for
drain.timeout at most; the second ends them at once, with BYE to all.

The exit status is 0 if every call came to its own end, else 1.`,
		Args: cobra.NoArgs,
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
			starting, started := signal.NotifyContext(cmd.Context(), syscall.SIGTERM, syscall.SIGINT)
			defer started()
			if err := s.Start(starting); err != nil {
				s.Close()
				if starting.Err() != nil {
					return fmt.Errorf("stopped before it was up: %w", context.Cause(starting))
				}
				return err
			}
			started()
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
	limit := s.Config.Drain.Timeout
	timed, stop := context.WithTimeoutCause(context.Background(), limit, fmt.Errorf("the drain time of %s is over (drain.timeout)", limit))
	defer stop()
	ctx, cancel := context.WithCancelCause(timed)
	defer cancel(nil)
	go func() { // ends with cancel
		select {
		case sig := <-signals:
			cancel(fmt.Errorf("a second signal came (%s)", sig))
		case <-ctx.Done():
		}
	}()
	drained := s.Drain(ctx)
	s.Close()
	if drained != nil {
		return fmt.Errorf("ended at once: %w", drained)
	}
	return nil
}
