package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"ringflow/config"
	"ringflow/endpoints"
	"ringflow/session"
)

// stepsIn has a process of the tests look, at each step that the switchboard takes
// with the database, the files and the outbox, whether it is to die there. It is the
// program as it is shipped, but for these lookouts.
const stepsIn = "TEST_STEPS"

// killFile, in the data folder, names the step at which the process kills itself:
// the kernel ends it there as any kill -9 does.
const killFile = "kill-at"

// branchIsOver is a step that it tells of whenever it has come there.
const branchIsOver = "after the branch is over"

// killed is what it says before it dies.
const killed = "killed at the step: "

// serveStepping is `ringflow serve` with lookouts. It does not return.
func serveStepping(file string) {
	c, problems := config.Load(file, os.Environ())
	if len(problems) > 0 {
		fmt.Fprintln(os.Stderr, problems)
		os.Exit(2)
	}
	s := &server{Config: c, Out: os.Stdout, failed: make(chan error, 1)}
	seen := false
	for _, step := range s.steps() {
		if err := step(context.Background()); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		if s.calls != nil && !seen { // before it starts
			seen = true
			at := lookout(filepath.Join(c.Data, killFile)).at
			s.calls.Store, s.calls.Blob = &steppingStore{s.calls.Store, at}, &steppingBlobs{sessionBlobs{s.blobs}, at}
			if s.calls.Mail != nil {
				s.calls.Mail = &steppingMail{s.calls.Mail, at}
			}
		}
	}
	fmt.Fprintln(os.Stderr, <-s.failed)
	os.Exit(1)
}

// lookout is the file that names the step.
type lookout string

func (l lookout) at(step string) {
	if step == branchIsOver {
		fmt.Fprintln(os.Stderr, step)
	}
	b, err := os.ReadFile(string(l))
	if err != nil || strings.TrimSpace(string(b)) != step {
		return
	}
	_ = os.Remove(string(l))
	fmt.Fprintln(os.Stderr, killed+step)
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {}
}

// steppingStore, steppingBlobs and steppingMail are what the switchboard has, with a
// step before and after what is to last.
type steppingStore struct {
	session.Store
	at func(string)
}

func (s *steppingStore) SaveSessions(ctx context.Context, changes []session.Change) error {
	for _, c := range changes {
		if c.New {
			s.at("before the session is kept")
			defer s.at("after the session is kept")
			break
		}
	}
	return s.Store.SaveSessions(ctx, changes)
}

func (s *steppingStore) PutFile(ctx context.Context, f *endpoints.File) error {
	s.at("before the row")
	defer s.at("after the row")
	return s.Store.PutFile(ctx, f)
}

func (s *steppingStore) DeleteFile(ctx context.Context, id string) error {
	s.at("before the row goes")
	defer s.at("after the row has gone")
	return s.Store.DeleteFile(ctx, id)
}

func (s *steppingStore) SetTranscription(ctx context.Context, id, text string) error {
	s.at("before the text")
	defer s.at("after the text")
	return s.Store.SetTranscription(ctx, id, text)
}

func (s *steppingStore) PutBranch(ctx context.Context, b session.StoredBranch) error {
	kind := "branch begins"
	if b.FileID != "" {
		kind = "branch waits"
	}
	s.at("before the " + kind)
	defer s.at("after the " + kind)
	return s.Store.PutBranch(ctx, b)
}

func (s *steppingStore) DeleteBranch(ctx context.Context, id string) error {
	s.at("before the branch is over")
	defer s.at(branchIsOver)
	return s.Store.DeleteBranch(ctx, id)
}

func (s *steppingStore) TakeBranches(ctx context.Context, most int) ([]session.StoredBranch, error) {
	s.at("before branches are taken over")
	defer s.at("after branches are taken over")
	return s.Store.TakeBranches(ctx, most)
}

func (s *steppingStore) PutAgent(ctx context.Context, a endpoints.Agent) error {
	s.at("before the agent is " + string(a.State))
	defer s.at("after the agent is " + string(a.State))
	return s.Store.PutAgent(ctx, a)
}

type steppingBlobs struct {
	sessionBlobs
	at func(string)
}

func (b *steppingBlobs) Note(id string, about []byte) error {
	b.at("before the note")
	defer b.at("after the note")
	return b.sessionBlobs.Note(id, about)
}

func (b *steppingBlobs) Forget(id string) error {
	b.at("before the note goes")
	defer b.at("after the note has gone")
	return b.sessionBlobs.Forget(id)
}

func (b *steppingBlobs) Remove(id string) error {
	b.at("before the bytes go")
	defer b.at("after the bytes have gone")
	return b.sessionBlobs.Remove(id)
}

func (b *steppingBlobs) Create(id string) (session.BlobWriter, error) {
	w, err := b.sessionBlobs.Create(id)
	if err != nil {
		return nil, err
	}
	b.at("after the file is made")
	return &steppingWriter{w, b.at}, nil
}

type steppingWriter struct {
	session.BlobWriter
	at func(string)
}

func (w *steppingWriter) Commit() (int64, error) {
	w.at("before the bytes are kept")
	defer w.at("after the bytes are kept")
	return w.BlobWriter.Commit()
}

type steppingMail struct {
	session.Mailer
	at func(string)
}

func (m *steppingMail) Mail(ctx context.Context, mail session.Mail) error {
	m.at("before the e-mail")
	defer m.at("after the e-mail")
	return m.Mailer.Mail(ctx, mail)
}

// diesAt has the process die at its next step of that name.
func (p *process) diesAt(step string) {
	p.t.Helper()
	if err := os.WriteFile(filepath.Join(p.data, killFile), []byte(step), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

// hasDied waits until it has, of a kill at that step.
func (p *process) hasDied(step string) {
	p.t.Helper()
	p.eventually("the program dies "+step, p.ended)
	if st := p.cmd.ProcessState.Sys().(syscall.WaitStatus); !st.Signaled() || st.Signal() != syscall.SIGKILL || !strings.Contains(p.out.String(), killed+step+"\n") {
		p.t.Fatalf("it did not die %s: %s", step, p.cmd.ProcessState)
	}
}
