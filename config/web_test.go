package config

import (
	"slices"
	"strings"
	"testing"
)

// Origins and names of certificates are what they must be, or refused by name.
func TestWebKeys(t *testing.T) {
	c, problems := Load(write(t, "http: { cors: [ https://App.example.com, 'http://localhost:3000' ] }\ntls: { acme: [ Phones.example.com ], challenge: '0.0.0.0:80' }"), nil)
	if len(problems) > 0 || !slices.Equal(c.HTTP.CORS, []string{"https://app.example.com", "http://localhost:3000"}) || !slices.Equal(c.TLS.ACME, []string{"phones.example.com"}) {
		t.Errorf("%+v %v", c, problems)
	}
	for text, key := range map[string]string{
		"http: { cors: ['*'] }": "http.cors", "http: { cors: ['https://a.example.com/'] }": "http.cors", "http: { cors: ['null'] }": "http.cors", "http: { cors: ['app.example.com'] }": "http.cors",
		"tls: { acme: ['192.0.2.1'] }": "tls.acme", "tls: { acme: ['*.example.com'] }": "tls.acme", "tls: { acme: [localhost] }": "tls.acme", "tls: { directory: 'http://ca.example.com' }": "tls.directory",
		"tls: { cert: a, key: b, acme: [a.example.com] }": "tls.acme", "tls: { email: nobody }": "tls.email", "tls: { challenge: '80' }": "tls.challenge",
	} {
		_, problems := Load(write(t, text), nil)
		if len(problems) != 1 || !strings.Contains(problems[0].String(), key) {
			t.Errorf("%s: %v", text, problems)
		}
	}
}
