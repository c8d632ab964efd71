package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"ringflow/flow/explore"
)

type exploreFlags struct {
	calls int
	json  bool
	api   apiFlags
}

func exploreCommand() *cobra.Command {
	var f exploreFlags
	cmd := &cobra.Command{
		Use:   "explore FLOW",
		Short: "Try all that can happen to a flow, and tell what would hurt a caller",
		Long: "Walks each node of a flow (a JSON file, or the id or name of one on the server) and tries what can happen there: each choice, no input, a hang-up, busy, no answer,\n" +
			"a failing server or prompt. Tells of silence, endless loops, nodes that nothing leads to, transitions that lead nowhere,\n" +
			"prompts that can't be played, values that can't be used. Flows that a file starts are looked for in its folder.\n" +
			"Status 1 when something was found.",
		Example: "  ringflow explore testdata/flows/menu.json",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return fmt.Errorf("explore takes one flow, such as `ringflow explore front-door.json`; %d are given", len(args))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM)
			defer stop()
			return f.run(ctx, cmd.OutOrStdout(), args[0], f.api.flow(cmd))
		},
	}
	f.api.add(cmd)
	cmd.Flags().IntVar(&f.calls, "calls", 4000, "most calls to try")
	cmd.Flags().BoolVar(&f.json, "json", false, "print the report as JSON")
	return cmd
}

// run explores a file, or else a flow of the server, where all others are too.
func (f *exploreFlags) run(ctx context.Context, out io.Writer, file string, find func(context.Context, string) ([]byte, error)) error {
	o := explore.Options{Flow: flowsBeside(file), Runs: f.calls}
	raw, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) && !strings.HasSuffix(file, ".json") {
		raw, err = find(ctx, file)
		o.Flow, o.Whole = find, true
	}
	if err != nil {
		return err
	}
	r, err := explore.Explore(ctx, raw, o)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	if f.json {
		e := json.NewEncoder(out)
		e.SetIndent("", "  ")
		if err := e.Encode(r); err != nil {
			return err
		}
	} else {
		printReport(out, file, r)
	}
	if len(r.Findings) > 0 {
		return errSaid
	}
	return nil
}

func printReport(out io.Writer, file string, r *explore.Report) {
	for _, found := range r.Findings {
		fmt.Fprintln(out, found)
		for _, what := range found.Path {
			fmt.Fprintln(out, "      "+what)
		}
	}
	fmt.Fprintf(out, "%s: %s tried, %d of %s walked, %s\n", file, counted(r.Calls, "call", "calls"), r.Walked,
		counted(r.Nodes, "node", "nodes"), counted(len(r.Findings), "finding", "findings"))
	if r.Bounded {
		fmt.Fprintln(out, "not all was tried: --calls takes more")
	}
}

// flowsBeside finds flows by id in the folder of a file: by their names, else
// by the ids that are stored in them.
func flowsBeside(file string) func(context.Context, string) ([]byte, error) {
	var byID map[string][]byte
	return func(_ context.Context, id string) ([]byte, error) {
		if byID == nil {
			byID = map[string][]byte{}
			files, err := filepath.Glob(filepath.Join(filepath.Dir(file), "*.json"))
			if err != nil {
				return nil, err
			}
			for _, other := range files {
				raw, err := os.ReadFile(other)
				if err != nil {
					return nil, err
				}
				var head struct {
					ID    string          `json:"id"`
					Nodes json.RawMessage `json:"nodes"`
				}
				if json.Unmarshal(raw, &head) != nil || head.Nodes == nil {
					continue
				}
				byID[strings.TrimSuffix(filepath.Base(other), ".json")] = raw
				if head.ID != "" {
					byID[head.ID] = raw
				}
			}
		}
		if raw, ok := byID[id]; ok {
			return raw, nil
		}
		return nil, errors.New("no such flow beside " + file)
	}
}
