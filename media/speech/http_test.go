package speech_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"ringflow/media"
	"ringflow/media/speech"
)

// service speaks by HTTP as the handler says.
func service(t *testing.T, key string, h http.HandlerFunc) speech.Engine {
	t.Helper()
	server := httptest.NewServer(h)
	e, err := speech.NewHTTP(server.URL, key, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		e.(interface{ Close() error }).Close()
		server.CloseClientConnections()
		server.Close()
	})
	return e
}

func wav(frames int) []byte {
	var b bytes.Buffer
	media.WriteWAV(&b, media.ClipRate, make([]int16, 160*frames))
	return b.Bytes()
}

func TestHTTPSpeaks(t *testing.T) {
	e := service(t, "secret", func(w http.ResponseWriter, r *http.Request) {
		var body map[string]string
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			t.Error(err)
		}
		if r.Method != "POST" || r.URL.Path != "/v1/audio/speech" || r.Header.Get("Authorization") != "Bearer secret" ||
			r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s %s %v", r.Method, r.URL.Path, r.Header)
		}
		if body["input"] != `He said "hi"` || body["model"] != "tts-1" || body["response_format"] != "wav" || body["voice"] != "nova" {
			t.Errorf("asked for %v", body)
		}
		w.Write(wav(50))
	})
	clip, err := within(t, e, `He said "hi"`, "nova")
	if err != nil || clip.Duration() != time.Second {
		t.Errorf("%v", err)
	}
}

// Some services answer MP3 whatever they are asked for.
func TestHTTPSpeaksMP3(t *testing.T) {
	b, err := os.ReadFile("../testdata/tone440.mp3")
	if err != nil {
		t.Fatal(err)
	}
	e := service(t, "", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" {
			t.Error("a token was sent, there is none")
		}
		w.Write(b)
	})
	if clip, err := within(t, e, "hello", ""); err != nil || clip.Duration() < time.Second {
		t.Errorf("%v", err)
	}
}

func TestHTTPAddresses(t *testing.T) {
	paths := make(chan string, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		paths <- r.URL.Path
		w.Write(wav(1))
	}))
	defer server.Close()
	for base, want := range map[string]string{
		"": "/v1/audio/speech", "/": "/v1/audio/speech", "/v1": "/v1/audio/speech", "/v1/": "/v1/audio/speech",
		"/tts": "/tts/v1/audio/speech", "/v1/audio/speech": "/v1/audio/speech", "/my/speech": "/my/speech",
	} {
		e, err := speech.NewHTTP(server.URL+base, "", "")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := within(t, e, "hello", ""); err != nil {
			t.Error(err)
		}
		if got := <-paths; got != want {
			t.Errorf("%q asks %s, expected %s", base, got, want)
		}
		e.(interface{ Close() error }).Close()
	}
}

func TestHTTPThatFails(t *testing.T) {
	for name, row := range map[string]struct {
		h    http.HandlerFunc
		want string
	}{
		"500":      {func(w http.ResponseWriter, r *http.Request) { http.Error(w, "no credit", 500) }, "500 Internal Server Error: \"no credit"},
		"401":      {func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(401) }, "401"},
		"a page":   {func(w http.ResponseWriter, r *http.Request) { w.Write([]byte("<html>hello</html>")) }, "neither WAV nor MP3"},
		"nothing":  {func(w http.ResponseWriter, r *http.Request) {}, "empty"},
		"too much": {func(w http.ResponseWriter, r *http.Request) { w.Write(wav(50 * 60 * 6)) }, "more than 5 MB"},
		"cut short": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "99999")
			w.Write(wav(1))
		}, "unexpected EOF"},
		"points away": {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "http://127.0.0.1:1/", 307) }, "307"},
		"hangs up":    {func(w http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) }, "EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := within(t, service(t, "secret", row.h), "hello", "")
			if err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("%v, expected %q", err, row.want)
			}
			if err != nil && strings.Contains(err.Error(), "secret") {
				t.Errorf("the key is in the error: %v", err)
			}
		})
	}
}

func TestHTTPThatHangs(t *testing.T) {
	asked := make(chan struct{})
	e := service(t, "", func(w http.ResponseWriter, r *http.Request) {
		w.Write(wav(50)[:100]) // and no more
		w.(http.Flusher).Flush()
		close(asked)
		<-r.Context().Done()
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-asked
		cancel()
	}()
	if _, err := within(t, ctxEngine{e, ctx}, "hello", ""); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, expected canceled", err)
	}
}

// ctxEngine speaks in a context of its own.
type ctxEngine struct {
	speech.Engine
	ctx context.Context
}

func (e ctxEngine) Speak(_ context.Context, text, voice string) (*media.Clip, error) {
	return e.Engine.Speak(e.ctx, text, voice)
}
