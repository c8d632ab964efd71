package session_test

import (
	"errors"
	"strings"
	"testing"

	"ringflow/endpoints"
)

// The files of a message that comes again, or is refused, are not kept; those of one that is
// taken are, whoever sends them again.
func TestFilesOfNoMessage(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		ep := h.number(did, says("echo", "thanks", ""))
		receive := func(key, endpoint string) (*endpoints.Message, error) {
			f, err := h.Attach(t.Context(), ep.AccountID, "a.txt", "text/plain", strings.NewReader("hello"))
			if err != nil {
				t.Fatal(err)
			}
			m := &endpoints.Message{EndpointID: endpoint, Channel: endpoints.SMPP, OtherAddress: cell, Key: key, Files: []endpoints.MessageFile{f}}
			return m, h.Receive(t.Context(), m)
		}
		first, err := receive("1", ep.ID)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := receive("1", ep.ID); err != nil {
			t.Fatal(err)
		}
		var invalid *endpoints.Invalid
		if _, err := receive("2", endpoints.NewID()); !errors.As(err, &invalid) {
			t.Fatal(err)
		}
		again := *first
		again.Files = []endpoints.MessageFile{first.Files[0]}
		if err := h.Receive(t.Context(), &again); err != nil {
			t.Fatal(err)
		}
		if all := h.files(); len(all) != 1 || all[0].ID != first.Files[0].FileID || all[0].SessionID != first.SessionID {
			t.Errorf("%d files are kept", len(all))
		}
		r, _, err := h.Blob.Open(first.Files[0].FileID)
		if err != nil {
			t.Fatal(err)
		}
		r.Close()
	})
}
