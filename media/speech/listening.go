package speech

import (
	"fmt"

	"go.uber.org/zap"
)

// Listening says who recognises speech.
type Listening struct {
	Recognisers []string // "pocketsphinx", "http", asked in this order
	URL         string   // of the http recogniser
	Key         string   // its bearer token; may be empty
	Model       string   // its model; empty: whisper-1
	Language    string   // that is spoken, such as "en"; empty: the http recogniser finds out
	Log         *zap.Logger
}

// Listen makes the listener of a configuration. Those of its recognisers that
// are not there are left out and told by missing: calls go on without them, by keys.
func Listen(c Listening) (l *Listener, missing []error) {
	var all []Recogniser
	for _, name := range c.Recognisers {
		var r Recogniser
		var err error
		switch name {
		case "pocketsphinx":
			r, err = NewPocketsphinx()
		case "http":
			r, err = NewTranscriptions(c.URL, c.Key, c.Model, c.Language)
		default:
			err = fmt.Errorf("speech.recognise %q: must be pocketsphinx or http", name)
		}
		if err != nil {
			missing = append(missing, err)
			continue
		}
		all = append(all, r)
	}
	return NewListener(all, c.Log), missing
}
