package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"ringflow/flow"
	"ringflow/flow/flowtest"
)

// watchEvery is how often --watch looks for changes.
const watchEvery = 500 * time.Millisecond

type testFlags struct {
	junit    string
	coverage bool
	watch    bool
	verbose  bool
	session  string
	api      apiFlags
	find     func(ctx context.Context, name string) ([]byte, error)
}

func testCommand() *cobra.Command {
	var f testFlags
	cmd := &cobra.Command{
		Use:   "test PATH…",
		Short: "Run stories: calls of flows on a simulated line, in no time",
		Long: "Runs the stories of files and folders (YAML or JSON). A story is one call: the flow (a file beside the\n" +
			"story, or the id or name of one on the server), the data it runs on, the world that it meets, what the caller does, and\n" +
			"what is expected. It runs the real nodes on a simulated line in virtual time.\n" +
			"Status 1 when a story came out otherwise; then the first difference shows at its place in the transcript.",
		Example: "  ringflow test testdata/stories\n  ringflow test stories/front-door.yaml --coverage\n  ringflow test stories --junit report.xml\n" +
			"  ringflow test --from-session 3f9c… > stories/a-real-call.yaml",
		Args: func(_ *cobra.Command, args []string) error {
			if f.session != "" {
				if len(args) > 0 {
					return errors.New("--from-session writes the story of one session, and runs no others")
				}
				return nil
			}
			if len(args) == 0 {
				return errors.New("test takes files or folders of stories, such as `ringflow test testdata/stories`; none is given")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM)
			defer stop()
			if f.session != "" {
				return f.fromSession(ctx, cmd)
			}
			f.find = f.api.flow(cmd)
			return f.run(ctx, cmd.OutOrStdout(), args)
		},
	}
	f.api.add(cmd)
	fs := cmd.Flags()
	fs.StringVar(&f.junit, "junit", "", "`FILE` to write the outcomes to, in JUnit's XML")
	fs.BoolVar(&f.coverage, "coverage", false, "tell which nodes and transitions no story walked")
	fs.BoolVar(&f.watch, "watch", false, "run again each time that a story or a flow changes, until Ctrl-C")
	fs.StringVar(&f.session, "from-session", "", "write a story of the session with that `ID` on the server, and play it")
	fs.BoolVar(&f.verbose, "transcript", false, "show the transcript of each story")
	return cmd
}

func (f *testFlags) run(ctx context.Context, out io.Writer, paths []string) error {
	if !f.watch {
		_, err := f.once(ctx, out, paths)
		return err
	}
	flowtest.Watch(ctx, watchEvery, func() []string {
		files, err := f.once(ctx, out, paths)
		if err != nil && !errors.Is(err, errSaid) && ctx.Err() == nil {
			fmt.Fprintln(out, err)
		}
		fmt.Fprintln(out, "waiting for a change; Ctrl-C ends")
		return files
	})
	return nil
}

// once runs all stories; files are what they depend on.
func (f *testFlags) once(ctx context.Context, out io.Writer, paths []string) (files []string, err error) {
	files = append(files, paths...)
	stories, err := flowtest.StoryFiles(paths)
	if err != nil {
		return files, err
	}
	suite := &flowtest.Suite{Find: f.find, Told: func(o flowtest.Outcome) { f.tell(out, o) }}
	begin := time.Now()
	err = suite.Run(ctx, stories)
	for _, o := range suite.Results {
		files = append(append(files, filepath.Dir(o.File)), o.Files...)
	}
	if err != nil {
		return files, err
	}
	failed := suite.Failed()
	fmt.Fprintf(out, "%s, %s ok, %s failed, in %s\n", counted(len(suite.Results), "story", "stories"),
		flow.Thousands(len(suite.Results)-failed), flow.Thousands(failed), time.Since(begin).Round(time.Millisecond))
	if f.coverage {
		cover(out, suite)
	}
	if f.junit != "" {
		if err := writeJUnit(f.junit, suite); err != nil {
			return files, fmt.Errorf("--junit: %w", err)
		}
	}
	if failed > 0 {
		return files, errSaid
	}
	return files, nil
}

// tell prints the line of one story, and why it failed.
func (f *testFlags) tell(out io.Writer, o flowtest.Outcome) {
	word := "ok  "
	if !o.OK() {
		word = "FAIL"
	}
	fmt.Fprintf(out, "%s  %s: %s  (%s)\n", word, o.File, o.Name, flow.Seconds(o.Took()))
	lines := o.Why()
	if f.verbose && o.OK() {
		lines = o.Report.Transcript
	}
	for _, l := range lines {
		fmt.Fprintln(out, "      "+strings.ReplaceAll(l, "\n", "\n      "))
	}
}

func cover(out io.Writer, suite *flowtest.Suite) {
	for _, c := range suite.Coverage() {
		fmt.Fprintln(out, c)
		for _, n := range c.NodesMissed {
			fmt.Fprintln(out, "      no story comes to "+n)
		}
		for _, w := range c.WaysMissed {
			fmt.Fprintln(out, "      no story takes "+w)
		}
	}
}

func writeJUnit(file string, suite *flowtest.Suite) error {
	w, err := os.Create(file)
	if err != nil {
		return err
	}
	err = suite.JUnit(w)
	if cerr := w.Close(); err == nil {
		err = cerr
	}
	return err
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return flow.Thousands(n) + " " + many
}
