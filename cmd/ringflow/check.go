package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func checkCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "check",
		Short: "Check the configuration and print all that is wrong with it",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := load(cmd)
			if err != nil {
				return err
			}
			from := c.File
			if from == "" {
				from = "the built-in defaults"
			}
			fmt.Fprintf(cmd.OutOrStdout(), "The configuration is good (%s and the environment). Data is in %s.\n", from, c.Data)
			return nil
		},
	}
}
