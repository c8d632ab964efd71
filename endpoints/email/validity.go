package email

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"go.uber.org/zap"

	"ringflow/endpoints"
)

// Memory keeps a few words by their name, over restarts. What isn't there is fs.ErrNotExist.
type Memory interface {
	Meta(ctx context.Context, name string) (string, error)
	PutMeta(ctx context.Context, name, value string) error
}

const (
	// noteEvery is how often it is noted that all was taken, validSlack how far a mailbox's clock, time
	// zone included, may be from ours.
	noteEvery, validSlack = 10 * time.Minute, 24 * time.Hour
)

// seenSoFar is what is kept of a mailbox's folder. A server that makes the folder anew gives it another
// UIDVALIDITY (RFC 9051 2.3.1.1), and may have lost what was read.
type seenSoFar struct {
	UIDValidity uint32    `json:"uidValidity"`
	Done        time.Time `json:"done"` // nothing unseen was left then
}

// folderName is the name by which a folder is remembered; another box is another folder.
func folderName(box endpoints.Mailbox, e *endpoints.Endpoint) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %d %q %q", box.Host, box.Port, box.UserName, box.Folder))
	return "imap/" + e.ID + "/" + hex.EncodeToString(sum[:8])
}

// known reads what is kept of a folder; zero: nothing.
func (p *Poller) known(ctx context.Context, name string) (seenSoFar, error) {
	var s seenSoFar
	if p.Memory == nil {
		return s, nil
	}
	text, err := p.Memory.Meta(ctx, name)
	if errors.Is(err, fs.ErrNotExist) || err == nil && text == "" {
		return s, nil
	}
	if err == nil {
		err = json.Unmarshal([]byte(text), &s)
	}
	return s, err
}

// passOver marks as seen what a folder that was made anew has from before: all unseen mail of that time
// was taken then. What is younger is told by its Message-ID, as always.
func (p *Poller) passOver(c *imapclient.Client, was seenSoFar, now uint32, e *endpoints.Endpoint) error {
	if was.UIDValidity == 0 || was.UIDValidity == now || was.Done.IsZero() {
		return nil
	}
	found, err := c.UIDSearch(&imap.SearchCriteria{NotFlag: []imap.Flag{imap.FlagSeen, imap.FlagDeleted}, Before: was.Done.Add(-validSlack)}, nil).Wait()
	if err != nil {
		return err
	}
	old := found.AllUIDs()
	p.Log.Warn("a mailbox was made anew by its server; unseen mail from before is marked as seen, and not taken",
		zap.String("endpoint", e.ID), zap.Int("mails", len(old)), zap.Uint32("uidValidity", now))
	if len(old) == 0 {
		return nil
	}
	return c.Store(imap.UIDSetNum(old...), &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{imap.FlagSeen}}, nil).Close()
}

// noted keeps that a look has passed; all: nothing was left.
func (p *Poller) noted(ctx context.Context, name string, was seenSoFar, now uint32, began time.Time, all bool) error {
	next := seenSoFar{UIDValidity: now, Done: was.Done}
	if all && began.Sub(was.Done) >= noteEvery {
		next.Done = began.UTC()
	}
	if p.Memory == nil || next == was {
		return nil
	}
	text, err := json.Marshal(next)
	if err != nil {
		return err
	}
	return p.Memory.PutMeta(ctx, name, string(text))
}

// keepsMarks tells whether a folder keeps what was marked as read.
func keepsMarks(permanent []imap.Flag) bool {
	for _, f := range permanent {
		if f == imap.FlagSeen || f == imap.FlagWildcard {
			return true
		}
	}
	return len(permanent) == 0 // RFC 9051 6.3.2: who says nothing keeps all
}
