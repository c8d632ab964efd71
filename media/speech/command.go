package speech

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

const (
	maxOutput = 32 << 20               // bytes of WAV from a program: 12 minutes at 22,050 Hz
	reapTime  = 500 * time.Millisecond // for pipes that a program left open
)

// command runs a program with a text on its standard input and gives what it
// writes. When ctx ends, its whole process group is killed; it is always
// reaped before command returns.
func command(ctx context.Context, text, program string, args ...string) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, context.Cause(ctx)
	}
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = reapTime
	cmd.Stdin = strings.NewReader(text)
	out, complaint := &capped{left: maxOutput, strict: true}, &capped{left: 1024}
	cmd.Stdout, cmd.Stderr = out, complaint
	err := cmd.Run()
	if errors.Is(err, exec.ErrWaitDelay) { // it left children with our pipes in their hands
		syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) //nolint:errcheck // they may be gone by now
	}
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case out.over:
		return nil, fmt.Errorf("it wrote more than %d MB", maxOutput>>20)
	case err != nil:
		return nil, &programError{err, complaint.line()}
	}
	return out.buf.Bytes(), nil
}

// programError is a program that ended badly, and the first line of what it
// said about it.
type programError struct {
	err       error
	complaint string
}

func (e *programError) Unwrap() error { return e.err }

func (e *programError) Error() string {
	if e.complaint == "" {
		return e.err.Error()
	}
	return fmt.Sprintf("%v: %s", e.err, e.complaint)
}

// capped keeps the first bytes. The rest is dropped, or if it is strict, an
// error, which closes the pipe and so ends a program that never stops writing.
//
// The buffer is not embedded: io.Copy would find its ReadFrom, and no bound.
type capped struct {
	buf    bytes.Buffer
	left   int
	strict bool
	over   bool
}

func (c *capped) Write(p []byte) (int, error) {
	n := min(len(p), c.left)
	c.left -= n
	c.over = c.over || n < len(p)
	c.buf.Write(p[:n])
	if c.strict && c.over {
		return n, io.ErrShortWrite
	}
	return len(p), nil
}

func (c *capped) line() string {
	s, _, _ := strings.Cut(strings.TrimSpace(c.buf.String()), "\n")
	return strings.ToValidUTF8(s, "?")
}

// lookup finds a program that speaks, or says how to get it.
func lookup(program string) (string, error) { return lookupIn(program, program, "speech.engine") }

// lookupIn finds a program of a Debian package, which a key of the configuration names.
func lookupIn(program, pkg, key string) (string, error) {
	path, err := exec.LookPath(program)
	if errors.Is(err, exec.ErrNotFound) {
		return "", fmt.Errorf("%s is not installed: `apt-get install %s`, or set another %s", program, pkg, key)
	}
	return path, err
}
