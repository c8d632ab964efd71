package main

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"ringflow/config"
)

// local is what the commands on the same machine need to find the running
// server: data/local.json, readable by its owner only.
type local struct {
	API   string `json:"api"`   // http://host:port
	SIP   string `json:"sip"`   // udp://host:port
	Media string `json:"media"` // IP address of the server's sound
	Token string `json:"token"` // works from loopback only
	PID   int    `json:"pid"`
}

// demoPhones is data/demo.json: the demo's phones and their passwords, made once.
type demoPhones struct {
	Number  string            `json:"number"`
	Carrier string            `json:"carrier"` // the carrier's SIP address
	Phones  map[string]string `json:"phones"`  // sipUserName to password
}

func localFile(data string) string { return filepath.Join(data, "local.json") }
func demoFile(data string) string  { return filepath.Join(data, "demo.json") }

// half begins the names of files that writePrivate has not finished.
const half = ".tmp-"

// removeHalf removes what a process that died was writing: who has the lock of the
// data folder is the only one that writes there.
func removeHalf(data string) error {
	all, err := filepath.Glob(filepath.Join(data, half+"*"))
	for _, file := range all {
		err = errors.Join(err, os.Remove(file))
	}
	return err
}

// writePrivate writes v as JSON for its owner only, whole or not at all.
func writePrivate(file string, v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(file), half+"*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	if _, err = tmp.Write(append(b, '\n')); err == nil {
		err = tmp.Sync()
	}
	if cerr := tmp.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	return os.Rename(tmp.Name(), file)
}

func readPrivate(file string, v any) error {
	b, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, v); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}

// readLocal finds the running server of a data folder.
func readLocal(data string) (local, error) {
	var l local
	err := readPrivate(localFile(data), &l)
	if errors.Is(err, fs.ErrNotExist) {
		return l, fmt.Errorf("no server runs on %s: start one with `make run`, or name one with --url", data)
	}
	return l, err
}

// client is for the server's own API. Over https it trusts the very certificate
// that the server was given or made for itself, and no other.
func (l local) client(c *config.Config) *http.Client {
	if !strings.HasPrefix(l.API, "https://") {
		return nil
	}
	file, _ := certificateFiles(c)
	return &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true, // nobody closes this client
		TLSClientConfig: &tls.Config{
			InsecureSkipVerify: true, // the name doesn't matter; VerifyConnection checks the certificate itself
			VerifyConnection: func(s tls.ConnectionState) error {
				mine, err := os.ReadFile(file)
				if err != nil {
					return err
				}
				block, _ := pem.Decode(mine)
				if block == nil || len(s.PeerCertificates) == 0 || !bytes.Equal(block.Bytes, s.PeerCertificates[0].Raw) {
					return fmt.Errorf("its certificate is not the one of %s", file)
				}
				return nil
			},
		},
	}}
}

// removeLocal takes the file away, unless another server has written it since.
func removeLocal(data string, mine local) {
	if l, err := readLocal(data); err == nil && l.Token == mine.Token {
		_ = os.Remove(localFile(data)) // a leftover only leads to a server that doesn't answer
	}
}
