package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
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
			return f.run(ctx, cmd, args[0])
		},
	}
	f.api.add(cmd)
	cmd.Flags().IntVar(&f.calls, "calls", 4000, "most calls to try")
	cmd.Flags().BoolVar(&f.json, "json", false, "print the report as JSON")
	return cmd
}

// run explores a file, or else lets the server explore a flow of its own.
func (f *exploreFlags) run(ctx context.Context, cmd *cobra.Command, file string) error {
	out := cmd.OutOrStdout()
	raw, err := os.ReadFile(file)
	var r *explore.Report
	switch {
	case errors.Is(err, fs.ErrNotExist) && !strings.HasSuffix(file, ".json"):
		r, err = f.onServer(ctx, cmd, file)
	case err == nil:
		r, err = explore.Explore(ctx, raw, explore.Options{Flow: flowsBeside(file), Runs: f.calls})
		if err != nil {
			err = fmt.Errorf("%s: %w", file, err)
		}
	}
	if err != nil {
		return err
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

// onServer explores a stored flow where all that it needs is known: the other
// flows, and the files that it plays.
func (f *exploreFlags) onServer(ctx context.Context, cmd *cobra.Command, name string) (*explore.Report, error) {
	c, err := f.api.server(cmd, name)
	if err != nil {
		return nil, err
	}
	id, err := c.flowID(ctx, name)
	if err != nil {
		return nil, err
	}
	var answer struct {
		explore.Report
		Findings []struct {
			explore.Finding
			Node string `json:"node"`
		} `json:"findings"`
	}
	if err := c.ask(ctx, http.MethodPost, fmt.Sprintf("/flows/%s/explore?calls=%d", url.PathEscape(id), f.calls), &answer); err != nil {
		return nil, fmt.Errorf("flow %s: %w", name, err)
	}
	r := &answer.Report
	r.Findings = []explore.Finding{}
	for _, found := range answer.Findings {
		found.NodeName = found.Node
		r.Findings = append(r.Findings, found.Finding)
	}
	return r, nil
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
		fmt.Fprintln(out, "not all was tried: --calls takes more, as far as the time of a server lasts")
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
