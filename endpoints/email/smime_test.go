package email

import (
	"encoding/base64"
	"strings"
	"testing"
)

// What openssl cms -sign -nodetach makes of one mail, with lengths and, by -stream, without.
const (
	signedDER = "MIIBxgYJKoZIhvcNAQcCoIIBtzCCAbMCAQExDTALBglghkgBZQMEAgEwggEEBgkqhkiG9w0BBwGggfYEgfNDb250ZW50LVR5cGU6IG11bHRpcGFydC9taXhlZDsgYm91bmRhcnk9bQ0KDQotLW0NCkNvbnRlbnQtVHlwZTogdGV4dC9wbGFpbjsgY2hhcnNldD11dGYtOA0KQ29udGVudC1UcmFuc2Zlci1FbmNvZGluZzogcXVvdGVkLXByaW50YWJsZQ0KDQpHcj1DMz1CQz1DMz05RmUNCi0tbQ0KQ29udGVudC1UeXBlOiB0ZXh0L3BsYWluOyBuYW1lPWEudHh0DQpDb250ZW50LURpc3Bvc2l0aW9uOiBhdHRhY2htZW50DQoNCmENCi0tbS0tDQoxgZYwgZMCAQEwLTAVMRMwEQYDVQQDDAp6b2VAeC50ZXN0AhQPNIGriGK5kwD4JDmDE9cW5WKVCTALBglghkgBZQMEAgEwCgYIKoZIzj0EAwIERjBEAiAsk4kMHbgWAouD4HiY37oc50YB8XsYZYleO3O/fS3MrAIgXJBfV6da+ox+BzUXhSp3fJApljXbLJF9hMJtVICpNz4="
	signedBER = "MIAGCSqGSIb3DQEHAqCAMIACAQExDTALBglghkgBZQMEAgEwgAYJKoZIhvcNAQcBoIAkgASB80NvbnRlbnQtVHlwZTogbXVsdGlwYXJ0L21peGVkOyBib3VuZGFyeT1tDQoNCi0tbQ0KQ29udGVudC1UeXBlOiB0ZXh0L3BsYWluOyBjaGFyc2V0PXV0Zi04DQpDb250ZW50LVRyYW5zZmVyLUVuY29kaW5nOiBxdW90ZWQtcHJpbnRhYmxlDQoNCkdyPUMzPUJDPUMzPTlGZQ0KLS1tDQpDb250ZW50LVR5cGU6IHRleHQvcGxhaW47IG5hbWU9YS50eHQNCkNvbnRlbnQtRGlzcG9zaXRpb246IGF0dGFjaG1lbnQNCg0KYQ0KLS1tLS0NCgAAAAAAADGBlzCBlAIBATAtMBUxEzARBgNVBAMMCnpvZUB4LnRlc3QCFA80gauIYrmTAPgkOYMT1xblYpUJMAsGCWCGSAFlAwQCATAKBggqhkjOPQQDAgRHMEUCIGCQZVslpUoUZd9LQl0qekZ4BlLrB9S9hbUV+jC+no5CAiEA+2lsfMqULpCQgRD211YtJoc7dSTfxzyo+hggcEijTkEAAAAAAAA="
)

// A mail within its signature is read as one that stands beside it; what isn't whole, or is encrypted, is a file.
func TestSigned(t *testing.T) {
	const head = "From: zoe@x.test\r\nContent-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m\r\nContent-Transfer-Encoding: base64\r\n\r\n"
	for name, body := range map[string]string{"DER": signedDER, "BER": signedBER} {
		p, files := taken(t, head+body+"\r\n")
		if strings.TrimSpace(p.Text) != "Grüße" || len(files) != 1 || !strings.HasPrefix(files["a.txt"], "text/plain: a") {
			t.Errorf("%s: %q, %q", name, p.Text, files)
		}
		raw, err := base64.StdEncoding.DecodeString(body)
		if err != nil {
			t.Fatal(err)
		}
		for n := range 300 { // its content ends at about that
			p, files := taken(t, head+base64.StdEncoding.EncodeToString(raw[:n+1])+"\r\n")
			if want := "application/pkcs7-mime: " + string(raw[:n+1]); p.Text != "" || files["smime.p7m"] != want {
				t.Fatalf("%s, %d bytes: %q, %q", name, n+1, p.Text, files)
			}
		}
	}
}

// FuzzSigned: what a stranger sends is a mail or a file.
func FuzzSigned(f *testing.F) {
	for _, s := range []string{signedDER, signedBER} {
		raw, err := base64.StdEncoding.DecodeString(s)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if mail, err := signedMail(raw); err == nil && len(mail) > len(raw) {
			t.Errorf("%d bytes of %d", len(mail), len(raw))
		}
	})
}
