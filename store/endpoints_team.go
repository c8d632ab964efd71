package store

import (
	"context"
	"slices"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"ringflow/endpoints"
)

// membersExist checks that a team's members are users of its account. They stay
// until the team is kept: who deletes one waits.
func membersExist(ctx context.Context, tx bun.Tx, e *endpoints.Endpoint) error {
	if e.Team == nil || len(e.Team.MemberIDs) == 0 {
		return nil
	}
	var there []string
	q := tx.NewSelect().TableExpr("endpoints").Column("id").
		Where("account_id = ? AND kind = ?", e.AccountID, string(endpoints.User)).Where("id IN (?)", bun.In(e.Team.MemberIDs)).Order("id")
	if tx.Dialect().Name() == dialect.PG { // SQLite has one writer anyway
		q.For("SHARE")
	}
	if err := q.Scan(ctx, &there); err != nil {
		return err
	}
	for i, id := range e.Team.MemberIDs {
		if !slices.Contains(there, id) {
			return endpoints.NoMember(i, id, "is no user of the account")
		}
	}
	return nil
}

// leaveTeams takes a user out of all teams.
func leaveTeams(ctx context.Context, tx bun.Tx, id string) error {
	if !endpoints.ValidID(id) {
		return nil
	}
	var teams []struct{ ID, Members string }
	q := tx.NewSelect().TableExpr("endpoints").Column("id", "members").
		Where("kind = ? AND members LIKE ?", string(endpoints.Team), "%"+id+"%").Order("id") // an id is 32 hex digits, which stand nowhere else
	if tx.Dialect().Name() == dialect.PG {
		q.For("UPDATE")
	}
	if err := q.Scan(ctx, &teams); err != nil {
		return err
	}
	for _, t := range teams {
		var members []string
		if err := fromText("endpoint "+t.ID, t.Members, &members); err != nil {
			return err
		}
		members = slices.DeleteFunc(members, func(m string) bool { return m == id })
		_, err := tx.NewUpdate().TableExpr("endpoints").Set("revision = revision + 1").Set("members = ?", text(members)).Set("modified = ?", micros(time.Now())).Where("id = ?", t.ID).Exec(ctx)
		if err != nil {
			return err
		}
	}
	return nil
}
