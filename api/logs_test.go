package api

import (
	"bytes"
	"encoding/json"
	"strings"
	"sync"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// lockedBuffer is a log that many write to.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) lines() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Split(strings.TrimSpace(l.b.String()), "\n")
}

// Nobody writes lines of his own into the server's log, and no secret gets there.
func TestServerLog(t *testing.T) {
	var to lockedBuffer
	core := zapcore.NewCore(zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig()), zapcore.AddSync(&to), zap.DebugLevel)
	h := newHouse(t, func(s *Server) { s.Log = zap.New(core) })
	key := h.newKey(admin, `{"name":"k","scopes":["read","configure"]}`)
	token := decode[RequestAuthTokenResponse](t, h.want(200, admin, "GET", "/auth/token?userEmailAddress=user@default.test", "")).AuthToken
	h.want(200, bearer(key.Key), "GET", "/flows", "")
	h.want(200, nobody, "POST", "/auth/credentials", credentials)
	for _, p := range payloads {
		body, err := json.Marshal(map[string]string{"userName": p, "password": "swordfish" + p, "emailAddress": p, "name": p, "accountId": h.account})
		if err != nil {
			t.Fatal(err)
		}
		h.do(header("X-Forwarded-For", "192.0.2.1"), "POST", "/auth/credentials", string(body))
		h.do(nobody, "POST", "/auth/forgot-password", string(body))
		h.do(bearer(key.Key), "POST", "/flows", string(body))
	}
	lines := to.lines()
	if len(lines) < len(payloads) {
		t.Fatalf("%d lines", len(lines))
	}
	for _, line := range lines {
		var e map[string]any
		if err := json.Unmarshal([]byte(line), &e); err != nil || e["msg"] == nil || len(line) > 2_048 {
			t.Errorf("%v: %.300s", err, line)
		}
		for _, secret := range []string{password, key.Key, token, "swordfish", "local-token"} {
			if strings.Contains(line, secret) {
				t.Errorf("a secret: %s", line)
			}
		}
	}
}
