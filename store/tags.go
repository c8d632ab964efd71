package store

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	"ringflow/endpoints"
)

// most tags that a list is asked for at once.
const maxTagFilter = 20

// tagged keeps rows that have all of the tags. They stand as JSON in the row: an
// id in its quotes stands there once, or not at all.
func tagged(q *bun.SelectQuery, ids []string) error {
	if len(ids) > maxTagFilter {
		return invalid("tagIds", "has %d ids; %d are allowed", len(ids), maxTagFilter)
	}
	for _, id := range ids {
		q.Where("replace(?TableAlias.tags, ?, '') <> ?TableAlias.tags", text(id)) // case counts, in both databases
	}
	return nil
}

// tagsExist checks the tags that a row of the table is given against those of its
// account. One that it has already and that is gone meanwhile is dropped: who
// changes something else needn't know of it.
func (s *Store) tagsExist(ctx context.Context, tx bun.Tx, account string, ids *[]string, row, table string) error {
	if len(*ids) == 0 {
		return nil
	}
	set, err := s.settings(ctx, tx, account)
	if err != nil {
		return err
	}
	gone := func(id string) bool {
		return !slices.ContainsFunc(set.Tags, func(t endpoints.Tag) bool { return t.ID == id })
	}
	if !slices.ContainsFunc(*ids, gone) {
		return nil
	}
	var old []string
	if err := tx.NewSelect().TableExpr("?", bun.Ident(table)).Column("tags").Where("id = ?", row).Scan(ctx, &old); err != nil {
		return err
	}
	var had []string
	if len(old) > 0 {
		if err := fromText("tags of "+row, old[0], &had); err != nil {
			return err
		}
	}
	var fresh []string
	for _, id := range *ids {
		switch {
		case !gone(id):
			fresh = append(fresh, id)
		case !slices.Contains(had, id):
			return invalid("tagIds", "the account has no tag %.64q", id)
		}
	}
	*ids = fresh
	return nil
}
