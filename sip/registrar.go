package sip

import msg "github.com/emiago/sipgo/sip"

type registrar struct{}

func newRegistrar(a *access, s BindingStore, on func(string)) *registrar { return &registrar{} }

func (r *registrar) start()                                           {}
func (r *registrar) stop()                                            {}
func (r *registrar) bindings(user string) []Binding                   { return nil }
func (a *access) register(tx *serverTx, req *msg.Request, who Caller) {}
