package load

import (
	"context"
	"fmt"

	sqlfiles "settle/sql"
)

// KeyRecords makes record_key unique within each of the windows: fee records whose id is shared by records with other
// content take their natural key and an occurrence number, counted in the order of their content, so that the key stays
// the same from pull to pull whatever order the service answers in.
func (t *Tx) KeyRecords(ctx context.Context, windows []int64) error {
	for _, part := range chunks(windows, 2000) {
		if _, err := t.conn.ExecContext(ctx, fmt.Sprintf(sqlfiles.RecordKeys(), join(part))); err != nil {
			return fmt.Errorf("record keys: %w", err)
		}
	}
	return nil
}
