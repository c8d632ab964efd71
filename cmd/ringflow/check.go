package main

import (
	"fmt"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"ringflow/config"
	"ringflow/media/speech"
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
			for _, m := range missingEngines(c) {
				fmt.Fprintf(cmd.OutOrStdout(), "Missing on this machine: %v\n", m)
			}
			return nil
		},
	}
}

// listener makes who understands speech; missing are those that are not there.
func listener(c *config.Config, log *zap.Logger) (l *speech.Listener, missing []error) {
	s := c.Speech
	return speech.Listen(speech.Listening{
		Recognisers: s.Recognise, URL: s.RecogniseURL, Key: s.RecogniseKey, Model: s.RecogniseModel, Language: s.RecogniseLanguage, Log: log,
	})
}

// missingEngines tells which of the configured engines are not on this machine:
// without who speaks the server does not start, without who understands it does.
func missingEngines(c *config.Config) []error {
	var missing []error
	speaker, err := speech.New(speech.Config{Engine: c.Speech.Engine, URL: c.Speech.URL, Key: c.Speech.Key, Voice: c.Speech.Voice})
	if err != nil {
		missing = append(missing, err)
	} else {
		speaker.Close() //nolint:errcheck // it has done nothing
	}
	ears, more := listener(c, nil)
	ears.Close() //nolint:errcheck // it has done nothing
	return append(missing, more...)
}
