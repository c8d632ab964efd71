package email

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"strings"
	"time"

	"github.com/wneessen/go-mail"
	"go.uber.org/zap"

	"ringflow/endpoints"
)

const (
	mp3Rate    = "32"            // kbit/s: enough for speech of a telephone
	mp3Samples = "16"            // kHz: at the telephone's 8 it would be MPEG 2.5, which not everybody can play
	mp3Time    = 2 * time.Minute // lame takes a few seconds for an hour of speech
)

// draft is what a message is made with for the time of its sending.
type draft struct{ files []*os.File }

func (d *draft) close() {
	for _, f := range d.files {
		f.Close() //nolint:errcheck // it is read, and has no name any more
	}
}

// asMP3 is an attachment that is wanted as MP3; nil: it goes as it is, and the log
// tells why.
func (s *Sender) asMP3(ctx context.Context, d *draft, f endpoints.MailFile) *mail.File {
	sound, size, err := s.encode(ctx, f.FileID)
	if err != nil {
		if s.Log != nil {
			s.Log.Warn("no MP3 could be made for an e-mail: the file is attached as it is", zap.String("file", f.FileID), zap.Error(err))
		}
		return nil
	}
	d.files = append(d.files, sound)
	return &mail.File{
		Name: strings.TrimSuffix(f.Name, path.Ext(f.Name)) + ".mp3", ContentType: "audio/mpeg", Header: map[string][]string{},
		Writer: func(w io.Writer) (int64, error) { return io.Copy(w, io.NewSectionReader(sound, 0, size)) },
	}
}

// encode has lame make MP3 of a stored WAV. The file that it returns has no name: it
// is gone when it is closed.
func (s *Sender) encode(ctx context.Context, id string) (sound *os.File, size int64, err error) {
	program := s.Lame
	if program == "" {
		program = "lame"
	}
	if program, err = exec.LookPath(program); errors.Is(err, exec.ErrNotFound) {
		return nil, 0, errors.New("lame is not installed: `apt-get install lame`")
	} else if err != nil {
		return nil, 0, err
	}
	in, _, err := s.Blobs.Open(id)
	if err != nil {
		return nil, 0, err
	}
	defer in.Close()
	if sound, err = os.CreateTemp("", "ringflow-*.mp3"); err != nil {
		return nil, 0, err
	}
	defer func() {
		if err != nil {
			sound.Close() //nolint:errcheck // err is told
		}
	}()
	if err = os.Remove(sound.Name()); err != nil {
		return nil, 0, err
	}
	ctx, cancel := context.WithTimeout(ctx, mp3Time)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, "--quiet", "-m", "m", "-b", mp3Rate, "--resample", mp3Samples, "-", "-")
	var complaint bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr, cmd.WaitDelay = in, sound, &limited{&complaint, 500}, 5*time.Second
	if err = cmd.Run(); err != nil {
		return nil, 0, fmt.Errorf("lame: %w: %s", err, strings.ToValidUTF8(strings.TrimSpace(complaint.String()), "?"))
	}
	info, err := sound.Stat()
	if err != nil {
		return nil, 0, err
	}
	if info.Size() == 0 {
		return nil, 0, errors.New("lame: nothing came out")
	}
	return sound, info.Size(), nil
}

// limited keeps the first bytes, and drops the rest.
type limited struct {
	to   *bytes.Buffer
	left int
}

func (l *limited) Write(p []byte) (int, error) {
	n := min(len(p), l.left)
	l.left -= n
	l.to.Write(p[:n])
	return len(p), nil
}
