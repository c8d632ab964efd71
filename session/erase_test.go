package session_test

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"go.uber.org/zap"

	"ringflow/session"
)

var errDead = errors.New("dead")

// dying are blobs of a server that dies before one of its steps: nothing that comes
// after it happens.
type dying struct {
	*remains
	before string
	dead   bool
}

func (d *dying) step(name string) error {
	if d.dead = d.dead || d.before == name; d.dead {
		return errDead
	}
	return nil
}

func (d *dying) Remove(id string) error {
	if err := d.step("the bytes go"); err != nil {
		return err
	}
	return d.remains.Remove(id)
}

func (d *dying) Forget(id string) error {
	if err := d.step("the note goes"); err != nil {
		return err
	}
	return d.remains.Forget(id)
}

func (d *dying) DeleteFile(ctx context.Context, id string) error {
	if err := d.step("the row goes"); err != nil {
		return err
	}
	return d.db.DeleteFile(ctx, id)
}

// A server that dies while it deletes a file leaves no bytes behind that nobody could
// see, and no row without bytes.
func TestEraseSurvivesAKill(t *testing.T) {
	for before, stays := range map[string]bool{"the row goes": true, "the bytes go": false, "the note goes": false, "": false} {
		r := newRemains(t)
		f := r.row()
		if _, err := r.Put(f.ID, bytes.NewReader(r.recorded(2*time.Second, true, 5000))); err != nil {
			t.Fatal(err)
		}
		if err := r.db.PutFile(t.Context(), f); err != nil {
			t.Fatal(err)
		}
		d := &dying{remains: r, before: before}
		if err := session.Erase(t.Context(), d, d, f.ID, zap.NewNop()); (err != nil) != stays {
			t.Errorf("before %q: %v", before, err)
		}
		r.adopt()
		if _, err := r.db.File(t.Context(), f.ID); (err == nil) != stays {
			t.Errorf("before %q: the row: %v", before, err)
		}
		if left := r.left(); left != map[bool]string{true: f.ID}[stays] {
			t.Errorf("before %q: left over: %q", before, left)
		}
	}
}

// What was announced and has no row is thrown away, however far it came.
func TestAnnounced(t *testing.T) {
	r := newRemains(t)
	row, part, none, listed := r.row(), r.row(), r.row(), r.row()
	sound := r.recorded(2*time.Second, true, 5000)
	r.write(row.ID, sound)
	r.write(part.ID+".part", sound)
	r.write(listed.ID, sound)
	if err := r.db.PutFile(t.Context(), listed); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{row.ID, part.ID, none.ID, listed.ID} {
		if err := session.Announce(r, id); err != nil {
			t.Fatal(err)
		}
	}
	if n := r.adopt(); n != 0 || r.left() != listed.ID {
		t.Errorf("%d kept, %q is left, want %s", n, r.left(), listed.ID)
	}
}
