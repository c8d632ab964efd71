package email

import (
	"bytes"
	"encoding/binary"
	"math"
	"os"
	"os/exec"
	"strings"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"ringflow/endpoints"
	"ringflow/endpoints/email/smtptest"
)

// wave is five seconds of a tone, as a recording is stored.
func wave() []byte {
	const rate, seconds = 8000, 5
	var b bytes.Buffer
	b.WriteString("RIFF")
	binary.Write(&b, binary.LittleEndian, uint32(36+2*rate*seconds))
	b.WriteString("WAVEfmt ")
	for _, v := range []any{uint32(16), uint16(1), uint16(1), uint32(rate), uint32(2 * rate), uint16(2), uint16(16)} {
		binary.Write(&b, binary.LittleEndian, v)
	}
	b.WriteString("data")
	binary.Write(&b, binary.LittleEndian, uint32(2*rate*seconds))
	for i := range rate * seconds {
		binary.Write(&b, binary.LittleEndian, int16(8000*math.Sin(2*math.Pi*440*float64(i)/rate)))
	}
	return b.Bytes()
}

// What is wanted as MP3 goes as that: smaller, by another name and type. Where lame is
// missing, or can't read the file, it goes as it is, and the log tells why. Nothing is
// left in the folder for temporary files.
func TestMP3(t *testing.T) {
	if _, err := exec.LookPath("lame"); err != nil && os.Getenv("CI") == "" {
		t.Skip("lame is not installed: apt-get install lame")
	}
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	sound, broken := wave(), []byte("no sound at all")
	for _, o := range []struct {
		name, lame, attached, why string
		stored                    []byte
	}{
		{"encoded", "", "m.mp3", "", sound},
		{"not installed", "no-such-lame", "m.wav", "lame is not installed", sound},
		{"no sound", "", "m.wav", "lame: ", broken},
	} {
		t.Run(o.name, func(t *testing.T) {
			server, id := &smtptest.Server{}, endpoints.NewID()
			core, logs := observer.New(zap.WarnLevel)
			s := &Sender{Server: server.Start(t), Sender: "phones@example.test", Security: None, Blobs: &shelf{files: map[string][]byte{id: o.stored}}, Lame: o.lame, Log: zap.New(core)}
			m := outbound(t, "Voice message", "You have one.", []string{"zoe@example.test"}, endpoints.MailFile{FileID: id, Name: "m.wav", ContentType: "audio/wav", MP3: true})
			if err := s.Send(t.Context(), m); err != nil {
				t.Fatal(err)
			}
			_, parts := parse(t, server.Wait(t, 1)[0].Data)
			got := parts[o.attached]
			switch {
			case o.why != "" && !bytes.Equal(got, o.stored):
				t.Errorf("%d bytes came, want the %d that are stored", len(got), len(o.stored))
			case o.why == "" && (len(got) < 5_000 || len(got) > 30_000 || got[0] != 0xFF && !bytes.HasPrefix(got, []byte("ID3"))):
				t.Errorf("%d bytes came that begin with % x, want 20 kB of MP3", len(got), got[:min(len(got), 4)])
			}
			told := ""
			for _, e := range logs.All() {
				told += e.ContextMap()["error"].(string)
			}
			if (o.why == "") != (told == "") || !strings.Contains(told, o.why) {
				t.Errorf("the log tells %q, want %q", told, o.why)
			}
			if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
				t.Errorf("left behind: %v, %v", left, err)
			}
		})
	}
}
