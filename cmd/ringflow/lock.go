package main

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// lockData makes sure that one server only works on a data folder. The lock
// goes with the process, however it ends.
func lockData(data string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(data, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return nil, fmt.Errorf("data %s: another server works on it; end that one, or give this one a folder of its own (data)", data)
	}
	return f, nil
}
