package sip

type guard struct{}

func newGuard() *guard { return &guard{} }

type accessCounts struct{}
