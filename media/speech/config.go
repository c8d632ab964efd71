package speech

import (
	"fmt"

	"go.uber.org/zap"
)

// Config says which engine speaks. The others, if they are installed, stand in
// for it.
type Config struct {
	Engine   string // "espeak-ng" (also when empty), "flite" or "http"
	URL      string // of the http engine
	Key      string // its bearer token; may be empty
	Model    string // its model; empty: tts-1
	Voice    string // where a flow asks for none; empty: the engine's own
	CacheDir string // empty: nothing is kept on disk
	MaxCache int64  // bytes there; 0: 256 MB
	Log      *zap.Logger
}

// New makes the speaker of a configuration.
func New(c Config) (*Speaker, error) {
	local := map[string]func() (Engine, error){"espeak-ng": NewEspeak, "flite": NewFlite}
	name := c.Engine
	if name == "" {
		name = "espeak-ng"
	}
	var first Engine
	var err error
	switch find := local[name]; {
	case find != nil:
		first, err = find()
	case name == "http":
		first, err = NewHTTP(c.URL, c.Key, c.Model)
	default:
		err = fmt.Errorf("speech.engine %q: must be espeak-ng, flite or http", name)
	}
	if err != nil {
		return nil, err
	}
	engines := []Engine{first}
	for _, other := range []string{"espeak-ng", "flite"} {
		if other == name {
			continue
		}
		if e, err := local[other](); err == nil {
			engines = append(engines, e)
		}
	}
	if c.MaxCache <= 0 {
		c.MaxCache = 256 << 20
	}
	return NewSpeaker(engines, c.Voice, c.CacheDir, c.MaxCache, c.Log)
}
