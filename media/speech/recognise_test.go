package speech_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"ringflow/media"
	"ringflow/media/speech"
)

// hears is a recogniser of a function.
type hears struct {
	name  string
	asked atomic.Int32
	hear  func(ctx context.Context, words []string) (string, error)
}

func (h *hears) Name() string { return h.name }

func (h *hears) Recognise(ctx context.Context, _ *media.Clip, words []string) (string, error) {
	h.asked.Add(1)
	return h.hear(ctx, words)
}

func deaf(ctx context.Context, _ []string) (string, error) {
	<-ctx.Done()
	return "", ctx.Err()
}

// A recogniser that hangs holds a caller up for part of Patience only, and is left
// alone after some failures; what it answers is on one line.
func TestListenerAsksTheNext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first, second := &hears{name: "first", hear: deaf}, &hears{name: "second", hear: func(context.Context, []string) (string, error) { return " sales\nplease\x00 ", nil }}
		l := speech.NewListener([]speech.Recogniser{first, second}, nil)
		defer l.Close()
		for range 7 {
			from := time.Now()
			text, err := l.Understand(t.Context(), sound(50), []string{"sales"})
			if err != nil || text != "sales please" || time.Since(from) > speech.Patience {
				t.Fatalf("%q, %v after %v", text, err, time.Since(from))
			}
		}
		if n := first.asked.Load(); n != 5 {
			t.Errorf("the one that hangs was asked %d times", n)
		}
	})
}

func TestListenerGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := speech.NewListener([]speech.Recogniser{&hears{name: "deaf", hear: deaf}}, nil)
		defer l.Close()
		from := time.Now()
		if _, err := l.Understand(t.Context(), sound(50), nil); !errors.Is(err, speech.ErrSlow) || time.Since(from) != speech.Patience {
			t.Errorf("%v after %v", err, time.Since(from))
		}
		from = time.Now()
		if _, err := l.Transcribe(t.Context(), func() (*media.Clip, error) { return sound(50), nil }); err == nil || time.Since(from) != speech.TranscriptionTime {
			t.Errorf("%v after %v", err, time.Since(from))
		}
		if _, err := speech.NewListener(nil, nil).Transcribe(t.Context(), func() (*media.Clip, error) { return sound(50), nil }); !errors.Is(err, speech.ErrNoRecogniser) {
			t.Error(err)
		}
	})
}

// Close ends what is at work, and waits for it.
func TestListenerCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := speech.NewListener([]speech.Recogniser{&hears{name: "deaf", hear: deaf}}, nil)
		ended := make(chan error, 1)
		go func() {
			_, err := l.Transcribe(t.Context(), func() (*media.Clip, error) { return sound(50), nil })
			ended <- err
		}()
		synctest.Wait()
		l.Close()
		if err := <-ended; !errors.Is(err, speech.ErrClosed) {
			t.Error(err)
		}
	})
}

// spoken is a text as it comes over the telephone.
func spoken(t *testing.T, text, voice string) *media.Clip {
	t.Helper()
	installed(t, "flite")
	e, err := speech.NewFlite()
	if err != nil {
		t.Fatal(err)
	}
	clip, err := e.Speak(t.Context(), text, voice)
	if err != nil {
		t.Fatal(err)
	}
	return clip
}

func sphinx(t *testing.T) speech.Recogniser {
	t.Helper()
	installed(t, "pocketsphinx_batch")
	r, err := speech.NewPocketsphinx()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// The real one tells the words of a menu apart, in several voices; words that it
// does not know are no harm, nor can they be more than words.
func TestPocketsphinxChooses(t *testing.T) {
	r := sphinx(t)
	words := []string{"sales", "Customer support!", "accounting", "zzqkt", "a ; <b> = /etc/passwd | {x}"}
	for said, want := range map[string]string{"sales": "sales", "customer support": "customer support", "accounting": "accounting"} {
		for _, voice := range []string{"slt", "rms"} {
			text, err := r.Recognise(t.Context(), spoken(t, said, voice), words)
			if err != nil || strings.TrimSpace(text) != want {
				t.Errorf("%s of %s: %q, %v", said, voice, text, err)
			}
		}
	}
	if _, err := r.Recognise(t.Context(), spoken(t, "sales", ""), []string{"zzqkt"}); err == nil || !strings.Contains(err.Error(), "zzqkt") {
		t.Errorf("of words that it doesn't know: %v", err)
	}
}

// Without words it writes down what it can, and is killed with its ctx.
func TestPocketsphinxTranscribes(t *testing.T) {
	r := sphinx(t)
	text, err := r.Recognise(t.Context(), spoken(t, "good morning", "rms"), nil)
	if err != nil || strings.TrimSpace(text) == "" {
		t.Errorf("%q, %v", text, err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	gone := errors.New("gone")
	cancel(gone)
	if _, err := r.Recognise(ctx, sound(50*60), nil); !errors.Is(err, gone) {
		t.Error(err)
	}
}

func TestHTTPRecognises(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		file, head, err := r.FormFile("file")
		if err != nil {
			t.Error(err)
			return
		}
		clip, err := media.DecodeClip(file)
		if err != nil || clip.Duration() != time.Second || !strings.HasSuffix(head.Filename, ".wav") {
			t.Errorf("%v %v", head.Filename, err)
		}
		if r.URL.Path != "/v1/audio/transcriptions" || r.Header.Get("Authorization") != "Bearer secret" || r.FormValue("model") != "whisper-1" ||
			r.FormValue("language") != "en" || r.FormValue("prompt") != "sales, customer support" {
			t.Errorf("%s %v %v", r.URL.Path, r.Header, r.Form)
		}
		json.NewEncoder(w).Encode(map[string]any{"text": "Sales, please.", "duration": 1})
	}))
	defer server.Close()
	e, err := speech.NewTranscriptions(server.URL+"/v1", "secret", "", "en")
	if err != nil {
		t.Fatal(err)
	}
	defer e.(interface{ Close() error }).Close()
	text, err := e.Recognise(t.Context(), sound(50), []string{"sales", "customer support"})
	if err != nil || text != "Sales, please." {
		t.Errorf("%q, %v", text, err)
	}
}

func TestHTTPRecognisesNot(t *testing.T) {
	for answer, want := range map[string]string{"<html>": "no JSON", `{"error": "x"}`: "no text", "401": "401"} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if answer == "401" {
				w.WriteHeader(http.StatusUnauthorized)
			}
			w.Write([]byte(answer))
		}))
		e, err := speech.NewTranscriptions(server.URL, "", "", "")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.Recognise(t.Context(), sound(50), nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", answer, err)
		}
		e.(interface{ Close() error }).Close()
		server.Close()
	}
	if _, err := speech.NewTranscriptions("ftp://x", "", "", ""); err == nil {
		t.Error("ftp is no address")
	}
}

// A recogniser that is not there is told, and the others work.
func TestListenTellsWhatIsMissing(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if _, err := exec.LookPath("pocketsphinx_batch"); err == nil {
		t.Fatal("it is found all the same")
	}
	l, missing := speech.Listen(speech.Listening{Recognisers: []string{"pocketsphinx", "http"}, URL: "http://127.0.0.1:1"})
	defer l.Close()
	if len(missing) != 1 || !strings.Contains(missing[0].Error(), "apt-get install pocketsphinx") || !l.Able() {
		t.Errorf("%v", missing)
	}
}
