package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"go.uber.org/zap"
	"golang.org/x/crypto/acme/autocert"

	"ringflow/api"
	"ringflow/config"
	"ringflow/endpoints"
	"ringflow/endpoints/outbox"
	"ringflow/endpoints/sms"
	"ringflow/flow/fetch"
	_ "ringflow/flow/nodes"
	"ringflow/media"
	"ringflow/media/speech"
	"ringflow/session"
	"ringflow/sip"
	"ringflow/store"
	"ringflow/store/blob"
)

// server is the whole program but its command line, so that tests can run it.
// It is built in this order and closed in the reverse: data, log, store, mail,
// media, SIP, switchboard, channels of messages, API.
type server struct {
	Config *config.Config
	Out    io.Writer

	log      *zap.Logger
	lock     *os.File
	store    *store.Store
	blobs    *blob.Folder
	outbox   *outbox.Worker
	links    endpoints.Links // by which messages come and go
	desk     *sms.Desk       // where all texts pass
	mail     session.Mailer  // nil: this server sends no mail
	speech   *speech.Speaker
	ears     *speech.Listener
	engine   *media.Engine
	ua       *sip.UA
	calls    *session.Switchboard
	api      *api.Server
	http     *http.Server
	acme     *autocert.Manager       // nil: no certificates are got
	webhooks map[string]http.Handler // of channels of messages, by the prefix of their paths
	sending  bool                    // the outbox is at work
	failed   chan error              // a part that ended by itself

	sipAddr  []string // as bound, udp://host:port
	apiAddr  string   // http://host:port
	mailAddr string   // host:port where mail comes in; empty: none does
	token    string
	closers  []func()
}

// closeLater names what Close undoes.
func (s *server) closeLater(f func()) { s.closers = append(s.closers, f) }

// Close ends everything at once, calls included, and waits.
func (s *server) Close() {
	for i := len(s.closers) - 1; i >= 0; i-- {
		s.closers[i]()
	}
	s.closers = nil
}

// Drain refuses new calls and waits until the last one is over or ctx ends.
func (s *server) Drain(ctx context.Context) error {
	s.ua.Drain(true)
	return s.calls.Drain(ctx)
}

// Start brings everything up, or says what is in the way. Nothing is served
// before all of it is there.
func (s *server) Start(ctx context.Context) error {
	s.failed = make(chan error, 1)
	for _, step := range s.steps() {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// steps are those of Start, in their order.
func (s *server) steps() []func(context.Context) error {
	return []func(context.Context) error{s.startData, s.startStore, s.startMail, s.startMedia, s.startSIP, s.startCalls, s.startChannels, s.startAPI, s.startDemo, s.open}
}

// open takes the first call, and tells where.
func (s *server) open(ctx context.Context) error {
	s.ua.Drain(false)
	return s.announce(ctx)
}

func (s *server) startData(context.Context) error {
	c := s.Config
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return fmt.Errorf("data: %w", err)
	}
	lock, err := lockData(c.Data)
	if err != nil {
		return err
	}
	s.lock = lock
	s.closeLater(func() { lock.Close() })
	if s.log, err = newLog(c); err != nil {
		return fmt.Errorf("log: %w", err)
	}
	s.closeLater(func() { _ = s.log.Sync() }) // stderr can't always be synced; nothing to tell then
	if err := errors.Join(removeHalf(c.Data), speech.RemoveLeftovers()); err != nil {
		s.log.Warn("leftovers of a server that died stay", zap.Error(err))
	}
	return nil
}

func (s *server) startStore(ctx context.Context) error {
	c := s.Config
	db, err := store.Open(ctx, store.Options{URL: c.Store.URL, Dir: c.Data, Log: s.log.Named("store")})
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	s.store = db
	s.closeLater(func() {
		if err := db.Close(); err != nil {
			s.log.Error("store did not close cleanly", zap.Error(err))
		}
	})
	password, err := db.Bootstrap(ctx, c.Admin.Email, c.Admin.Password)
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	if password != "" {
		fmt.Fprintf(s.Out, "The store was empty. The first login is %s with the password\n\n    %s\n\nwhich is shown this once.\n\n", c.Admin.Email, password)
	}
	if n, err := db.CloseOrphans(ctx); err != nil {
		return fmt.Errorf("store: sessions of the last run: %w", err)
	} else if n > 0 {
		s.log.Warn("sessions that the last run left open were closed", zap.Int("sessions", n))
	}
	return s.startBlobs(ctx)
}

func (s *server) startMedia(context.Context) error {
	c := s.Config
	var err error
	s.speech, err = speech.New(speech.Config{
		Engine: c.Speech.Engine, URL: c.Speech.URL, Key: c.Speech.Key, Voice: c.Speech.Voice,
		CacheDir: filepath.Join(c.Data, "speech"), Log: s.log.Named("speech"),
	})
	if err != nil {
		return fmt.Errorf("speech: %w", err)
	}
	s.closeLater(func() { s.speech.Close() })
	var missing []error
	if s.ears, missing = listener(c, s.log.Named("speech")); len(missing) > 0 {
		s.log.Info("not all who should understand speech are there; menus go on by keys", zap.Errors("missing", missing))
	}
	s.closeLater(func() { s.ears.Close() })
	ports, err := media.NewPortRange(c.Media.PortMin, c.Media.PortMax)
	if err != nil {
		return fmt.Errorf("media.ports: %w", err)
	}
	if err := mediaFree(c); err != nil {
		return err
	}
	pacer := media.NewPacer(0)
	s.closeLater(pacer.Close)
	s.engine = &media.Engine{Listen: c.Media.Listen, Advertise: c.Media.Advertise, Ports: ports, Pacer: pacer, Timeout: c.Media.Timeout, Log: s.log.Named("media")}
	s.closeLater(func() { s.engine.Close() })
	return nil
}

func (s *server) startSIP(ctx context.Context) error {
	c := s.Config
	realm, err := s.store.Realm(ctx, firstOf(c.SIP.Domain, "ringflow"))
	if err != nil {
		return fmt.Errorf("store: realm: %w", err)
	}
	s.ua = &sip.UA{
		Store: s.store, Realm: realm, UserAgent: "Ringflow/" + version(), Advertise: c.SIP.Advertise, Log: s.log.Named("sip"),
	}
	if c.SIP.Domain != "" {
		s.ua.Domains = []string{c.SIP.Domain}
	}
	for _, l := range c.SIP.Listen {
		if strings.HasPrefix(l, "tls://") {
			if s.ua.TLS, err = s.certificate(ctx, false); err != nil {
				return err
			}
			break
		}
	}
	s.calls = &session.Switchboard{
		Store: s.store, Blob: sessionBlobs{s.blobs}, UA: s.ua, Media: s.engine, Speech: s.speech, Ears: s.ears, Apology: speech.Apology(), Max: c.Calls.Max, Log: s.log.Named("session"),
		HTTP: session.GuardedClient(c.Flow.HTTPAllow), Web: &fetch.Client{Allow: c.Flow.HTTPAllow, UserAgent: "Ringflow/" + version()},
	}
	s.calls.Mail = s.mail
	s.calls.Wake = s.outbox.Wake
	s.store.OnMessage(s.calls.MessageChanged)
	s.calls.Sends = func(c endpoints.Channel) bool { return s.outbox.Senders[c] != nil }
	s.ua.Handler, s.ua.Directory, s.ua.Events, s.ua.OnPhone, s.ua.OnBinding = s.calls.Invite, s.calls, s.calls, s.calls.PhoneCame, s.calls.BindingChanged
	s.ua.OnText = s.calls.Text
	s.ua.Drain(true) // until all is there
	s.closeLater(func() { s.ua.Close() })
	for _, l := range c.SIP.Listen {
		addr, err := s.ua.Listen(ctx, l)
		if err != nil {
			return inUse("sip.listen", l, err)
		}
		u, err := url.Parse(l)
		if err != nil {
			return err
		}
		s.sipAddr = append(s.sipAddr, u.Scheme+"://"+addr.String())
	}
	return nil
}

func (s *server) startCalls(ctx context.Context) error {
	if err := s.calls.Start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("switchboard: %w", err)
	}
	s.closeLater(func() { s.calls.Shutdown(nil) })
	return nil
}

func (s *server) startAPI(ctx context.Context) error {
	c := s.Config
	token := make([]byte, 32)
	if _, err := rand.Read(token); err != nil {
		return err
	}
	s.token = hex.EncodeToString(token)
	s.api = &api.Server{
		Store: s.store, Calls: s.calls, Blob: s.blobs, LocalToken: s.token, PublicURL: c.HTTP.PublicURL, Origins: c.HTTP.CORS, Realm: s.ua.Realm,
		Log: s.log.Named("api"), Ready: s.ready, Trunk: s.trunk, Links: s.links.Of, Metrics: s.metrics(), Wake: s.outbox.Wake, Webhooks: s.webhooks,
	}
	if s.mail != nil {
		s.api.Outbox = s.outbox
	}
	if err := s.startReports(ctx); err != nil {
		return err
	}
	s.http = s.api.HTTP()
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", c.HTTP.Listen)
	if err != nil {
		return inUse("http.listen", c.HTTP.Listen, err)
	}
	scheme := "http"
	serve := func() error { return s.http.Serve(l) }
	if c.HTTP.TLS {
		scheme = "https"
		if s.http.TLSConfig, err = s.certificate(ctx, true); err != nil {
			l.Close()
			return err
		}
		serve = func() error { return s.http.ServeTLS(l, "", "") }
	}
	s.apiAddr = scheme + "://" + l.Addr().String()
	done := make(chan struct{})
	go func() { // ended and waited for by Close
		defer close(done)
		if err := serve(); !errors.Is(err, http.ErrServerClosed) {
			select {
			case s.failed <- fmt.Errorf("http: %w", err):
			default:
			}
		}
	}()
	s.closeLater(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if s.http.Shutdown(ctx) != nil {
			s.http.Close() // event streams don't end by themselves
		}
		<-done
		s.api.Close()
	})
	// Before the API: a client that is slow to let go holds up no BYE.
	s.closeLater(func() { s.calls.Shutdown(nil) })
	return nil
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// reachable is an address that commands on this machine can use: a wildcard
// becomes loopback.
func reachable(a netip.Addr) netip.Addr {
	if !a.IsValid() || a.IsUnspecified() {
		return netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
	return a
}
