package sip

type digestServer struct{}

func newDigestServer(realm string) *digestServer { return &digestServer{} }
