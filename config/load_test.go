package config

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

func write(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "r.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// The shipped file says what the program does by itself, key by key.
func TestShippedFileIsTheDefaults(t *testing.T) {
	got, problems := Load("../ringflow.yaml", nil)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	want, _ := Load(write(t, ""), nil)
	got.File, want.File, got.Data, want.Data = "", "", "", ""
	if !reflect.DeepEqual(got, want) {
		t.Errorf("ringflow.yaml gives\n%+v\nthe defaults are\n%+v", got, want)
	}
	text, _ := os.ReadFile("../ringflow.yaml")
	for _, k := range keys {
		name := k.path[strings.LastIndex(k.path, ".")+1:] + ":"
		if !strings.Contains(string(text), name) {
			t.Errorf("ringflow.yaml does not show %s", k.path)
		}
	}
}

func TestProblemsNameFileLineKeyAndWhatIsAllowed(t *testing.T) {
	file := write(t, `
http: { listen: nowhere }
sip:
  listen: ["udp://127.0.0.1:5060", "sctp://127.0.0.1:5060"]
  ports: 1-2
media:
  ports: 40-50
  listen: localhost
tls: { cert: a.pem }
log: loud
demo: perhaps
demo: true
`)
	_, problems := Load(file, []string{"RINGFLOW_DRAIN_TIMEOUT=-1s", "RINGFLOW_SIP_LISTENS=x", "RINGFLOW_CORPUS=/c", "HOME=/root"})
	want := []string{
		file + `:2: http.listen: "nowhere" is no host:port (allowed: host:port`,
		file + `:4: sip.listen: "sctp://127.0.0.1:5060" is none of these (allowed: a list of udp://`,
		file + `:5: sip.ports: there is no such key (allowed: listen, domain, advertise)`,
		file + `:7: media.ports: "40-50" is no such range (allowed: first-last`,
		file + `:8: media.listen: "localhost" is no IP address (allowed: an IP address)`,
		file + `:10: log: keys were expected here (allowed: level, format)`,
		file + `:11: demo: "perhaps" is neither (allowed: true or false)`,
		file + `:12: demo: stands twice, first in line 11`,
		`RINGFLOW_DRAIN_TIMEOUT: drain.timeout: "-1s" is no time in that range (allowed: a time from 0s to 24h)`,
		`RINGFLOW_SIP_LISTENS: there is no such setting`,
		file + `: tls: cert and key go together`,
	}
	if len(problems) != len(want) {
		t.Errorf("%d problems, want %d", len(problems), len(want))
	}
	for i := range min(len(problems), len(want)) {
		if got := problems[i].String(); !strings.HasPrefix(got, want[i]) {
			t.Errorf("problem %d\n got %s\nwant %s", i, got, want[i])
		}
	}
}

func TestEnvironmentOverFileOverDefaults(t *testing.T) {
	file := write(t, "sip: { listen: tls://127.0.0.1:5061 }\nmedia: { ports: 30000-30100 }\nhttp: { listen: https://127.0.0.1:8443 }\n")
	c, problems := Load(file, []string{
		"RINGFLOW_SIP_LISTEN=udp://127.0.0.1:5070, tcp://127.0.0.1:5071",
		"RINGFLOW_HTTP_PUBLICURL=https://phones.example.com",
		"RINGFLOW_DEMO=true", "RINGFLOW_DRAIN_TIMEOUT=90s",
	})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if want := []string{"udp://127.0.0.1:5070", "tcp://127.0.0.1:5071"}; !reflect.DeepEqual(c.SIP.Listen, want) {
		t.Errorf("sip.listen = %q, want %q", c.SIP.Listen, want)
	}
	if c.HTTP.PublicURL != "https://phones.example.com" || !c.Demo || c.Drain.Timeout != 90*time.Second {
		t.Errorf("the environment did not win: %+v", c)
	}
	if c.Media.PortMin != 30000 || !c.HTTP.TLS || c.HTTP.Listen != "127.0.0.1:8443" {
		t.Errorf("the file did not win over the defaults: %+v", c)
	}
	if c.Data != filepath.Join(filepath.Dir(file), "data") {
		t.Errorf("data = %s, not beside the file", c.Data)
	}
}

func TestWildcardBindNeedsAnAddressToTell(t *testing.T) {
	_, problems := Load(write(t, "sip: { listen: udp://0.0.0.0:5060 }\nmedia: { listen: 0.0.0.0 }\n"), nil)
	if len(problems) != 2 || problems[0].Key != "media.advertise" || problems[1].Key != "sip.advertise" {
		t.Errorf("got %v", problems)
	}
	_, problems = Load(write(t, "sip: { listen: udp://0.0.0.0:5060, advertise: 192.0.2.1 }\nmedia: { listen: 0.0.0.0, advertise: 192.0.2.1 }\n"), nil)
	if len(problems) != 0 {
		t.Errorf("got %v", problems)
	}
}

func TestMissingFileIsSaid(t *testing.T) {
	_, problems := Load(filepath.Join(t.TempDir(), "none.yaml"), nil)
	if len(problems) != 1 || !strings.Contains(problems[0].String(), "no such file") {
		t.Errorf("got %v", problems)
	}
}

func TestNoYAMLIsSaidWithItsLine(t *testing.T) {
	file := write(t, "data: x\nsip: [\n")
	_, problems := Load(file, nil)
	if len(problems) != 1 || !strings.HasPrefix(problems[0].String(), file+":") || !strings.Contains(problems[0].String(), "this is no YAML") {
		t.Errorf("got %v", problems)
	}
}

func TestNetworks(t *testing.T) {
	c, problems := Load(write(t, `flow: { httpAllow: [127.0.0.1, "10.1.2.3/8", "fd00::/8"] }`), nil)
	if got := fmt.Sprint(c.Flow.HTTPAllow); len(problems) > 0 || got != "[127.0.0.1/32 10.0.0.0/8 fd00::/8]" {
		t.Errorf("got %s, %v", got, problems)
	}
	for _, bad := range []string{"localhost", "10.0.0.0/40", "127.0.0.1:80", "::ffff:10.0.0.0/104"} {
		if _, problems := Load(write(t, `flow: { httpAllow: ["`+bad+`"] }`), nil); len(problems) != 1 || !strings.Contains(problems[0].String(), "is no network (allowed: a list of networks") {
			t.Errorf("%s: %v", bad, problems)
		}
	}
}

// Mail is set up whole or not at all, and no password goes out in clear.
func TestMail(t *testing.T) {
	const good = "smtp: mail.example.com:587, from: phones@example.com"
	for text, want := range map[string]string{
		"": "", good: "", good + ", user: u, password: s3cret": "", good + ", tls: none": "",
		"smtp: 127.0.0.1:25, from: 'Phones <phones@example.com>', user: u, password: s3cret, tls: none": "",
		"smtp: mail.example.com:587":                      "mail.from",
		"from: phones@example.com":                        "mail.smtp",
		"user: u, password: s3cret":                       "mail.smtp",
		good + ", user: u":                                "mail",
		good + ", password: s3cret":                       "mail",
		good + ", user: u, password: s3cret, tls: none":   "mail.tls",
		good + ", tls: ssl":                               "mail.tls",
		"smtp: mail.example.com, from: a@example.com":     "mail.smtp",
		"smtp: 'mail.example.com:0', from: a@example.com": "mail.smtp",
		"smtp: 'mail.example.com:587', from: phones":      "mail.from",
		"smtp: ':587', from: a@example.com":               "mail.smtp",
	} {
		_, problems := Load(write(t, "mail: { "+text+" }\n"), nil)
		if want == "" && len(problems) > 0 || want != "" && (len(problems) == 0 || problems[0].Key != want) {
			t.Errorf("%s: got %v, want %q", text, problems, want)
		}
		for _, p := range problems {
			if strings.Contains(p.String(), "s3cret") {
				t.Errorf("%s tells a password", p)
			}
		}
	}
}

// Every setting has a variable, and the variable reaches the field: what the
// file sets, the environment sets to the same.
func TestEveryKeyFromTheEnvironment(t *testing.T) {
	values := map[string]string{
		"data": "/srv/ringflow", "http.listen": "https://127.0.0.1:9443", "http.publicUrl": "https://phones.example.com",
		"sip.listen": "udp://127.0.0.1:5070,tls://127.0.0.1:5071", "sip.domain": "example.com", "sip.advertise": "192.0.2.1",
		"media.listen": "127.0.0.9", "media.advertise": "192.0.2.2", "media.ports": "30000-30999", "media.timeout": "40s",
		"tls.cert": "/c.pem", "tls.key": "/k.pem", "tls.acme": "phones.example.com,sip.example.com", "tls.email": "a@example.com",
		"tls.directory": "https://ca.example.com/dir", "tls.challenge": "127.0.0.1:8080", "http.cors": "https://app.example.com",
		"speech.engine": "http", "speech.url": "http://127.0.0.1:1/v1", "speech.key": "k", "speech.voice": "v",
		"speech.recognise": "http,pocketsphinx", "speech.recogniseUrl": "http://127.0.0.1:1/v1", "speech.recogniseKey": "k", "speech.recogniseModel": "m", "speech.recogniseLanguage": "en",
		"store.url": "postgres://u:p@h/d", "admin.email": "a@example.com", "admin.password": "correct horse",
		"mail.smtp": "mail.example.com:587", "mail.user": "u", "mail.password": "p", "mail.from": "Phones <phones@example.com>", "mail.tls": "tls",
		"mail.listen": "0.0.0.0:25", "mail.host": "mx.example.com", "mail.megabytes": "10", "mail.resolver": "127.0.0.1:53",
		"bots.slack": "http://127.0.0.1:1/api/", "bots.openId": "http://127.0.0.1:1/openid", "bots.login": "http://127.0.0.1:1", "bots.services": "127.0.0.1:1,bots.example.com",
		"calls.max": "7", "flow.httpAllow": "127.0.0.1/32,10.0.0.0/8", "drain.timeout": "9s", "log.level": "warn", "log.format": "json", "demo": "true",
	}
	for _, k := range keys {
		if values[k.path] == "" {
			t.Errorf("this test has no value for %s", k.path)
		}
	}
	empty := write(t, "")
	unset, _ := Load(empty, nil)
	for path, value := range values {
		variable := Variable(path) + "=" + value
		env, _ := Load(empty, []string{variable})
		if reflect.DeepEqual(env, unset) {
			t.Errorf("%s changes nothing", variable)
		}
		text := path + ": '" + value + "'"
		if section, name, below := strings.Cut(path, "."); below {
			text = section + ": { " + name + ": '" + value + "' }"
		}
		file, _ := Load(write(t, text), nil)
		file.File = env.File
		if path != "data" {
			file.Data = env.Data // beside the file
		}
		if !reflect.DeepEqual(env, file) {
			t.Errorf("%s gives\n%+v\nthe file with %s gives\n%+v", variable, env, text, file)
		}
	}
}
