// Command ringflow is a telephone system that terminates calls itself and runs
// them by flows: the server, its checks, and a phone to try it with.
package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"ringflow/config"
)

func main() {
	if err := root().Execute(); err != nil {
		if !errors.Is(err, errSaid) {
			fmt.Fprintln(os.Stderr, "ringflow:", err)
		}
		os.Exit(1)
	}
}

// errSaid ends the program with status 1 after the command has said why itself.
var errSaid = errors.New("said")

func root() *cobra.Command {
	cmd := &cobra.Command{
		Use:           "ringflow",
		Short:         "A telephone system that runs calls by flows",
		Version:       version(),
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	cmd.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return fmt.Errorf("%w; `%s --help` lists the flags", err, c.CommandPath())
	})
	cmd.CompletionOptions.HiddenDefaultCmd = true
	cmd.PersistentFlags().String("config", "", "configuration `FILE` (default: "+config.DefaultFile+" beside you if there is one)")
	cmd.AddCommand(serveCommand(), checkCommand(), callCommand(), exploreCommand(), phoneCommand(), testCommand(), versionCommand())
	return cmd
}

// load reads the configuration of a command, and prints all that is wrong with it.
func load(cmd *cobra.Command) (*config.Config, error) {
	file, err := cmd.Flags().GetString("config")
	if err != nil {
		return nil, err
	}
	c, problems := config.Load(file, os.Environ())
	for _, p := range problems {
		fmt.Fprintln(cmd.ErrOrStderr(), p)
	}
	if len(problems) > 0 {
		return nil, errSaid
	}
	return c, nil
}
